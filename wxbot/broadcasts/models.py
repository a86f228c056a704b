"""Care broadcasts: what is sent to whom, who let it happen, and how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from wxbot.history.models import ContactId, PatientId
from wxbot.templates.models import Purpose

BroadcastId = NewType("BroadcastId", str)

MOST_RECIPIENTS = 5_000  # of one broadcast: at 60 an hour that is more than a week of replies


class BroadcastState(StrEnum):
    """draft → previewed → waiting → approved → running ⇄ paused → done, or cancelled."""

    DRAFT = "draft"  # 草稿: being written
    PREVIEWED = "previewed"  # 已预览: who gets what was worked out
    WAITING = "waiting"  # 待审批
    APPROVED = "approved"  # 已批准: begins at its hour
    RUNNING = "running"  # 发送中
    PAUSED = "paused"  # 已暂停
    DONE = "done"  # 已完成
    CANCELLED = "cancelled"  # 已取消


EDITABLE = frozenset({BroadcastState.DRAFT, BroadcastState.PREVIEWED})
UNDER_WAY = frozenset({BroadcastState.APPROVED, BroadcastState.RUNNING, BroadcastState.PAUSED})
OVER = frozenset({BroadcastState.DONE, BroadcastState.CANCELLED})


class AudienceKind(StrEnum):
    """How the people of a broadcast are chosen."""

    LIST = "list"  # picked one by one
    ONE = "one"  # one patient, from their page
    TAG = "tag"  # whoever bears a tag
    TREATMENT = "treatment"  # had one of these visit types on these days
    BIRTHDAY = "birthday"  # birthday in a month
    LAST_VISIT = "last_visit"  # the last visit was on these days, and none since
    PHONES = "phones"  # a pasted list of telephones


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Whom: `way` says which of the other fields count. Days are local ISO dates, both included."""

    kind: AudienceKind
    patient_ids: tuple[PatientId, ...] = ()
    tag: str = ""
    visit_types: tuple[str, ...] = ()
    first_day: str = ""
    last_day: str = ""
    month: int = 0
    phones: tuple[str, ...] = ()  # E.164


class BroadcastAction(StrEnum):
    """What somebody did to a broadcast."""

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
    """One thing done: what, by whom (`staff:<id>`, `system`), under which name, when, and what they said."""

    action: BroadcastAction
    by: str
    name: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What was worked out about everybody chosen; the rows themselves are kept under `round`.

    `goes` counts messages that would leave, `counts` everybody by what would become of them and why
    (`will/reason`), `turns` who takes a place in the line. `fingerprint` names exactly who would get what.
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
    """A list being worked out in the background: whoever asked for it, and how far it is.

    `seen` is the fingerprint that an approver saw: then the broadcast is approved when the list still is that one.
    """

    id: str  # of the rows; a worker that takes it up begins a new one
    by: str  # the account's id
    name: str
    lease_until: datetime  # by the machine's clock: later than this nobody works on it
    seen: str = ""
    done: int = 0  # people looked at so far


@dataclass(frozen=True, kw_only=True)
class Broadcast:
    """关怀推送. `revision` grows with every edit and every step of people; progress does not touch it."""

    id: BroadcastId
    title: str
    purpose: Purpose
    template: str
    variables: Mapping[str, str]  # given by hand; name and clinic are filled for each patient
    audience: Audience
    pace_per_hour: int
    created_by: str
    created_at: datetime
    starts_at: datetime | None = None  # None: as soon as it is approved
    state: BroadcastState = BroadcastState.DRAFT
    revision: int = 0
    events: tuple[BroadcastEvent, ...] = ()
    preview: Preview | None = None
    preview_run: PreviewRun | None = None  # the list is being worked out in the background
    failure: str = ""  # why that did not come to its end, in words for staff
    template_version: int | None = None  # pinned when it is approved
    slots_from: datetime | None = None  # from when on turns are counted: the start, or the last resumption
    first_slot: int = 0  # the first turn counted from there
    next_slot: int = 0  # what is before was handed to the outbox
    pause_reason: str = ""

    @property
    def prefix(self) -> str:
        """How the keys of its messages begin."""
        return f"broadcast/{self.id}/"

    @property
    def authors(self) -> frozenset[str]:
        """Whoever wrote it: they may not approve it."""
        wrote = {
            step.by
            for step in self.events
            if step.action in {BroadcastAction.CREATED, BroadcastAction.EDITED, BroadcastAction.SUBMITTED}
        }
        return frozenset({self.created_by, *wrote})


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """One person chosen, and what would become of the message to them.

    `place` orders everybody; `turn` orders those who take a place in the line (None: nothing is sent or phoned).
    """

    id: str  # broadcast/round/patient
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
    """What a person writes of a broadcast."""

    title: str
    purpose: Purpose
    template: str
    audience: Audience
    variables: Mapping[str, str] = field(default_factory=dict)
    pace_per_hour: int = 60
    starts_at: datetime | None = None


def draft_of(broadcast: Broadcast) -> BroadcastDraft:
    """What was written of a broadcast, as it was written."""
    return BroadcastDraft(
        title=broadcast.title,
        purpose=broadcast.purpose,
        template=broadcast.template,
        audience=broadcast.audience,
        variables=broadcast.variables,
        pace_per_hour=broadcast.pace_per_hour,
        starts_at=broadcast.starts_at,
    )
