"""Use cases of care broadcasts: read, approve, pause, resume, cancel. Those before the approval are in `drafts`."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.service import AuditTrail
from wxbot.booking.visits import Visits
from wxbot.broadcasts.after_restore import BroadcastsAfterRestore
from wxbot.broadcasts.audience_selector import AudienceSelector
from wxbot.broadcasts.drafts import BroadcastDrafts
from wxbot.broadcasts.errors import TwinError
from wxbot.broadcasts.lifecycle import BroadcastLifecycle
from wxbot.broadcasts.models import Broadcast, BroadcastAction, BroadcastId, BroadcastState, Recipient, draft_of
from wxbot.broadcasts.preview_runs import PreviewRuns
from wxbot.broadcasts.previewer import BroadcastPreviewer, start_of
from wxbot.broadcasts.progress import BroadcastProgress, progress
from wxbot.broadcasts.runner import PAUSED, BroadcastRunner
from wxbot.broadcasts.states import APPROVE, OVER, READ, possible_actions
from wxbot.broadcasts.store import BroadcastStore
from wxbot.broadcasts.twins import BroadcastTwins, Twin
from wxbot.broadcasts.wording import variables_for
from wxbot.clinic.ports import LiveClinic
from wxbot.clock import Clock
from wxbot.database import Document
from wxbot.errors import DomainError
from wxbot.followups.service import FollowUps
from wxbot.history.models import ContactId
from wxbot.messaging import Purpose
from wxbot.outbox.models import Message, MessageId
from wxbot.outbox.ports import Verdict
from wxbot.outbox.service import Outbox
from wxbot.patients.service import Patients
from wxbot.templates.models import Rendered, Template, Variable
from wxbot.templates.ports import LexiconChecker
from wxbot.templates.service import Templates

LISTED = 50  # broadcasts, or people, on one page


class Broadcasts:
    """关怀推送. Implements the outbox's `PreconditionChecker` for messages of broadcasts.

    `self_approval` lets authors approve their own broadcasts; see `approval`.
    """

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: BroadcastStore,
        *,
        patients: Patients,
        visits: Visits,
        outbox: Outbox,
        templates: Templates,
        followups: FollowUps,
        clinics: LiveClinic,
        audit: AuditTrail,
        clock: Clock,
        variables: Mapping[str, Variable],
        self_approval: bool = False,
        lexicon: LexiconChecker | None = None,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._templates = templates
        self._patients = patients
        self._clinics = clinics
        self._lifecycle = BroadcastLifecycle(
            store,
            templates=templates,
            clinics=clinics,
            audit=audit,
            self_approval=self_approval,
            variables=variables,
            lexicon=lexicon,
        )
        selector = AudienceSelector(patients, visits, clinics)
        previewer = BroadcastPreviewer(
            store, selector=selector, patients=patients, outbox=outbox, templates=templates, clinics=clinics
        )
        self._runner = BroadcastRunner(
            store,
            self._lifecycle,
            patients=patients,
            outbox=outbox,
            templates=templates,
            followups=followups,
            clinics=clinics,
        )
        self._twins = BroadcastTwins(store, self._lifecycle, templates)
        self._preview_runs = PreviewRuns(store, self._lifecycle, previewer, self._runner, clock)
        self.after_restore = BroadcastsAfterRestore(store, self._lifecycle, outbox)
        self.drafts = BroadcastDrafts(store, self._lifecycle, self._preview_runs, clinics)

    # -- reading ------------------------------------------------------------------------------------------------

    async def newest(
        self, *, by: Actor, before: tuple[datetime, BroadcastId] | None = None, limit: int = LISTED
    ) -> list[Broadcast]:
        """The newest first, after `before`. Raises ForbiddenError."""
        by.must(READ)
        return await self._store.newest(limit, before=before)

    async def find(self, broadcast_id: BroadcastId, *, by: Actor) -> Broadcast:
        """One broadcast. Raises ForbiddenError, NotFoundError."""
        by.must(READ)
        return await self._lifecycle.find(broadcast_id)

    @staticmethod
    def possible_actions(broadcast: Broadcast, *, by: Actor) -> Collection[BroadcastAction]:
        """The actions to offer this actor now; the use cases check again."""
        return possible_actions(broadcast, by=by)

    async def people(  # noqa: PLR0913 - filters of a page
        self,
        broadcast: Broadcast,
        *,
        by: Actor,
        outcome: str = "",
        reason: str | None = None,
        after: int = -1,
        limit: int = LISTED,
    ) -> list[Recipient]:
        """The recipients of the last preview, after the position `after`. Raises ForbiddenError."""
        by.must(READ)
        if broadcast.preview is None:
            return []
        return await self._store.page(
            broadcast.id, broadcast.preview.run_id, outcome=outcome, reason=reason, after=after, limit=limit
        )

    async def sent(self, recipients: Collection[Recipient], *, by: Actor) -> Mapping[str, Message]:
        """Their messages in the outbox, by key. Raises ForbiddenError."""
        by.must(READ)
        return await self._outbox.by_keys([each.key for each in recipients])

    async def readings(
        self, broadcast: Broadcast, recipients: Collection[Recipient], *, by: Actor
    ) -> Mapping[str, Rendered]:
        """The message for each of them, by the row's id; left out where the template cannot be filled.

        Raises ForbiddenError.
        """
        by.must(READ)
        patients = await self._patients.patients({each.patient_id for each in recipients})
        contact_ids = {each.contact_id for each in recipients if each.contact_id is not None}
        contacts = await self._patients.contacts(contact_ids)
        read: dict[str, Rendered] = {}
        for each in recipients:
            contact = contacts.get(each.contact_id) if each.contact_id is not None else None
            patient = patients.get(each.patient_id)
            with suppress(DomainError):
                filled = variables_for(broadcast.variables, self._clinics.current, patient, contact)
                read[each.id] = self._templates.render(broadcast.template, filled)
        return read

    async def progress(self, broadcast: Broadcast, *, by: Actor) -> BroadcastProgress:
        """Its progress now. Raises ForbiddenError."""
        by.must(READ)
        return progress(broadcast, await self._outbox.groups.tally(broadcast.prefix))

    async def twins(self, broadcast: Broadcast, *, by: Actor) -> Sequence[Twin]:
        """Others with the same words, to some of the same people, within days. Raises ForbiddenError."""
        by.must(READ)
        return await self._twins.of(broadcast)

    async def waiting(self, *, by: Actor) -> list[Broadcast]:
        """Those that wait for an approval. Raises ForbiddenError."""
        by.must(APPROVE)
        return await self._store.in_states([BroadcastState.WAITING], LISTED)

    async def waiting_for_approval(self) -> int:
        """How many wait for approval, for the first page."""
        return len(await self._store.in_states([BroadcastState.WAITING], LISTED))

    def templates_for(self, purpose: Purpose) -> list[Template]:
        """The templates a broadcast of that purpose may use, by name."""
        found = [self._templates.get(key) for key in self._templates.keys - self._templates.retired]
        return sorted((each for each in found if each.purpose is purpose), key=lambda each: each.name or each.key)

    async def using(self, template: str) -> list[str]:
        """The broadcasts with that template that have not ended, in words for staff."""
        states = [state for state in BroadcastState if state not in OVER]
        return [f"推送「{broadcast.title}」" for broadcast in await self._store.using(template, states, LISTED)]

    # -- approving ------------------------------------------------------------------------------------------------

    async def approve(
        self, broadcast_id: BroadcastId, seen: str, *, twice: Collection[str] = (), by: Actor, now: datetime
    ) -> Broadcast:
        """Approve it for sending. It is previewed once more, a long audience in the background: see `preview_run`.

        `seen` is the fingerprint of the preview that the approver saw, `twice` the ids of the twins whose people
        may read the same words twice.
        Raises ForbiddenError, NotFoundError, StaleError, NotNowError, FieldErrors, SelfApprovalError (they
        wrote it), TwinError (another one that arrives says the same to some of them, and is not in `twice`) and
        AudienceChangedError (the recipients changed; the new preview is stored).
        """
        before = await self._lifecycle.find_for(BroadcastAction.APPROVED, broadcast_id, by=by)
        self._lifecycle.approval.is_self_approval(before.authors, by=by)
        self._lifecycle.check(draft_of(before), now, started=True)
        if unnamed := [twin for twin in await self._twins.of(before) if twin.arrives and twin.id not in twice]:
            raise TwinError(unnamed[0].title, unnamed[0].people)
        return await self._preview_runs.approve(before, seen, by=by, now=now)

    # -- while it runs ----------------------------------------------------------------------------------------------

    async def pause(self, broadcast_id: BroadcastId, *, by: Actor, now: datetime) -> Broadcast:
        """Hold its messages until it is resumed; pausing twice changes nothing. Raises as `cancel`."""
        change = {"pause_reason": f"{by.name}暂停"}
        return await self._lifecycle.move_once(BroadcastAction.PAUSED, broadcast_id, "暂停推送", change, by=by, now=now)

    async def resume(self, broadcast_id: BroadcastId, *, by: Actor, now: datetime) -> Broadcast:
        """Continue with the next slot, at the same pace from now. Raises as `cancel`, and SelfApprovalError.

        If the template was changed since the approval, the permission and the author rule of approving apply.
        """
        before = await self._lifecycle.find_for(BroadcastAction.RESUMED, broadcast_id, by=by)
        version = self._runner.version_of(before)
        if version != before.template_version:
            by.must(APPROVE)
            self._lifecycle.approval.is_self_approval(before.authors, by=by)
        change = {
            "pause_reason": "",
            "template_version": version,
            "slots_from": start_of(before, now),
            "first_slot": before.next_slot,
        }
        after = await self._lifecycle.move(BroadcastAction.RESUMED, before, "继续推送", change, by=by, now=now)
        await self._outbox.groups.resume(after.prefix, PAUSED, now)
        return after

    async def cancel(self, broadcast_id: BroadcastId, *, by: Actor, now: datetime) -> Broadcast:
        """End it: messages that were not sent are dropped. Raises ForbiddenError, NotFoundError, NotNowError."""
        change: Document = {"pause_reason": "", "audience.phones": [], "preview_run": None}  # no numbers are kept
        broadcast = await self._lifecycle.move_once(
            BroadcastAction.CANCELLED, broadcast_id, "取消推送", change, by=by, now=now
        )
        await self._outbox.groups.cancel(broadcast.prefix, "broadcast_cancelled", explanation="这次推送已取消", now=now)
        return broadcast

    async def run_preview(self, now: datetime) -> int:
        """Claim one background preview and finish it; the number of runs claimed."""
        return await self._preview_runs.work(now)

    async def run(self, now: datetime) -> Mapping[str, int]:
        """Start, send and finish approved broadcasts; see `BroadcastRunner.run`."""
        return await self._runner.run(now)

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        """Whether messages of broadcasts are still wanted; see `BroadcastRunner.verdicts`."""
        return await self._runner.verdicts(messages)

    async def erase(self, contact_id: ContactId) -> int:
        """Delete a contact's recipient rows; the number deleted."""
        return await self._store.erase(contact_id)
