"""Care broadcasts: their content, audience, state, events and preview."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Purpose

BroadcastId = NewType("BroadcastId", str)

MOST_RECIPIENTS = 5_000  # of one broadcast: at 60 an hour that is more than a week of replies


class BroadcastState(StrEnum):
    """draft → previewed → waiting → approved → running ⇄ paused → done, or cancelled; see `states.TRANSITIONS`."""

    DRAFT = "draft"  # 草稿: being written
    PREVIEWED = "previewed"  # 已预览: the preview says who gets what
    WAITING = "waiting"  # 待审批
    APPROVED = "approved"  # 已批准: begins at its start time
    RUNNING = "running"  # 发送中
    PAUSED = "paused"  # 已暂停
    DONE = "done"  # 已完成
    CANCELLED = "cancelled"  # 已取消


IN_PROGRESS = frozenset({BroadcastState.APPROVED, BroadcastState.RUNNING, BroadcastState.PAUSED})


class AudienceKind(StrEnum):
    """How the people of a broadcast are chosen."""

    LIST = "list"  # picked one by one
    ONE = "one"  # one patient, from their page
    TAG = "tag"  # patients with a tag
    TREATMENT = "treatment"  # had one of these visit types on these days
    BIRTHDAY = "birthday"  # birthday in a month
    LAST_VISIT = "last_visit"  # the last visit was on these days, and none since
    PHONES = "phones"  # a pasted list of telephones


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Who is selected: `kind` says which of the other fields count. Days are local ISO dates, both included."""

    kind: AudienceKind
    patient_ids: tuple[PatientId, ...] = ()
    tag: str = ""
    visit_types: tuple[str, ...] = ()
    first_day: str = ""
    last_day: str = ""
    month: int = 0
    phones: tuple[str, ...] = ()  # E.164


class BroadcastAction(StrEnum):
    """What was done to a broadcast, by staff or by the service."""

    CREATED = "created"
    EDITED = "edited"
    PREVIEWED = "previewed"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    FINISHED = "finished"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class BroadcastEvent:
    """One action taken: by whom (`staff:<id>`, `system`), their name, when, and the note they left."""

    action: BroadcastAction
    by: str
    name: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The totals of a preview; its rows, one per recipient, are stored under `run_id`.

    `will_send` counts messages that would be sent, `counts` all recipients by outcome and reason (`outcome/reason`),
    `slots` the recipients that take a send slot. `fingerprint` is a hash of who would get what.
    """

    run_id: str
    at: datetime
    people: int
    will_send: int
    slots: int
    counts: Mapping[str, int]
    fingerprint: str
    ends_at: datetime | None = None  # when the last one is due
    unknown_phones: int = 0  # pasted numbers that belong to nobody we know


@dataclass(frozen=True, kw_only=True)
class PreviewRun:
    """A preview that runs in the background: who requested it, and its progress.

    `seen` is the fingerprint that an approver saw: the broadcast is approved if the result still has it.
    """

    id: str  # the `run_id` of its rows; a worker that claims the run gives it a new one
    by: str  # the account's id
    name: str
    lease_until: datetime  # by the machine's clock; after this another worker may claim the run
    seen: str = ""
    done: int = 0  # recipients previewed so far


@dataclass(frozen=True, kw_only=True)
class Broadcast:
    """关怀推送. `revision` grows with every action of staff and of the runner, not with progress."""

    id: BroadcastId
    title: str
    purpose: Purpose
    template: str
    variables: Mapping[str, str]  # filled in by hand; name and clinic are filled per patient
    audience: Audience
    pace_per_hour: int
    created_by: str
    created_at: datetime
    starts_at: datetime | None = None  # None: as soon as it is approved
    calls: bool = True  # whom no channel of WeChat reaches is called by a colleague
    state: BroadcastState = BroadcastState.DRAFT
    revision: int = 0
    events: tuple[BroadcastEvent, ...] = ()
    preview: Preview | None = None
    preview_run: PreviewRun | None = None  # set while a preview runs in the background
    failure: str = ""  # why the last preview run failed, in words for staff
    template_version: int | None = None  # pinned when it is approved
    slots_from: datetime | None = None  # when send slots are counted from: the start, or the last resumption
    first_slot: int = 0  # the slot at that time
    next_slot: int = 0  # the slots before it are in the outbox
    pause_reason: str = ""

    @property
    def prefix(self) -> str:
        """How the keys of its messages begin."""
        return f"broadcast/{self.id}/"

    @property
    def authors(self) -> frozenset[str]:
        """Everybody who wrote or submitted it (`staff:<id>`); see `approval`."""
        authoring = {BroadcastAction.CREATED, BroadcastAction.EDITED, BroadcastAction.SUBMITTED}
        return frozenset({self.created_by, *(event.by for event in self.events if event.action in authoring)})


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """A selected patient, and the forecast outcome of the message to them.

    `position` orders all recipients; `send_slot` orders those that get a message or a call (None: neither).
    """

    id: str  # broadcast/run/patient
    broadcast_id: BroadcastId
    run_id: str
    position: int
    patient_id: PatientId
    contact_id: ContactId | None
    outcome: str
    reason: str
    explanation: str
    at: datetime
    channel: str = ""
    send_slot: int | None = None

    @property
    def key(self) -> str:
        """The key of the message in the outbox."""
        return f"broadcast/{self.broadcast_id}/{self.patient_id}"


@dataclass(frozen=True, kw_only=True)
class BroadcastDraft:
    """The part of a broadcast that staff write."""

    title: str
    purpose: Purpose
    template: str
    audience: Audience
    variables: Mapping[str, str] = field(default_factory=dict)
    pace_per_hour: int = 60
    starts_at: datetime | None = None
    calls: bool = True


def draft_of(broadcast: Broadcast) -> BroadcastDraft:
    """The part of a broadcast that staff wrote."""
    return BroadcastDraft(
        title=broadcast.title,
        purpose=broadcast.purpose,
        template=broadcast.template,
        audience=broadcast.audience,
        variables=broadcast.variables,
        pace_per_hour=broadcast.pace_per_hour,
        starts_at=broadcast.starts_at,
        calls=broadcast.calls,
    )
