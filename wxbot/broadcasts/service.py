"""Use cases of care broadcasts: look at, approve, pause, resume, cancel, follow. Writing them is in `writing`."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.service import AuditTrail
from wxbot.booking.visits import Visits
from wxbot.broadcasts.audience_selector import AudienceSelector
from wxbot.broadcasts.drafts import BroadcastDrafts
from wxbot.broadcasts.lifecycle import APPROVE, READ, WRITE, BroadcastLifecycle, event_of
from wxbot.broadcasts.models import OVER, Broadcast, BroadcastAction, BroadcastId, BroadcastState, Recipient, draft_of
from wxbot.broadcasts.preview_runs import PreviewRuns
from wxbot.broadcasts.previewer import BroadcastPreviewer, start_of
from wxbot.broadcasts.progress import Progress, progress
from wxbot.broadcasts.runner import PAUSED, BroadcastRunner
from wxbot.broadcasts.store import BroadcastStore
from wxbot.broadcasts.wording import variables_for
from wxbot.clinic.ports import LiveClinic
from wxbot.clock import Clock
from wxbot.errors import DomainError, StaleError
from wxbot.followups.service import FollowUps
from wxbot.history.models import ContactId
from wxbot.outbox.models import Message, MessageId
from wxbot.outbox.ports import Verdict
from wxbot.outbox.service import Outbox
from wxbot.patients.service import Patients
from wxbot.templates.models import Purpose, Rendered, Template, Variable
from wxbot.templates.ports import Censor
from wxbot.templates.service import Templates

LISTED = 50  # broadcasts, or people, on one page


class Broadcasts:
    """关怀推送. Satisfies the outbox's `Relevance` for messages of broadcasts.

    `self_approval` is for a clinic of one person: whoever wrote a broadcast may then approve it, and the audit says so.
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
        censor: Censor | None = None,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._templates = templates
        self._patients = patients
        self._clinics = clinics
        self._steps = BroadcastLifecycle(
            store,
            templates=templates,
            clinics=clinics,
            audit=audit,
            self_approval=self_approval,
            variables=variables,
            censor=censor,
        )
        choosing = AudienceSelector(patients, visits, clinics)
        previewing = BroadcastPreviewer(
            store, choosing=choosing, patients=patients, outbox=outbox, templates=templates, clinics=clinics
        )
        self._running = BroadcastRunner(
            store,
            patients=patients,
            outbox=outbox,
            templates=templates,
            followups=followups,
            clinics=clinics,
            audit=audit,
        )
        self._rounds = PreviewRuns(store, self._steps, previewing, self._running, clock)
        self.writing = BroadcastDrafts(store, self._steps, self._rounds, clinics)

    # -- reading ------------------------------------------------------------------------------------------------

    async def newest(
        self, *, by: Actor, before: tuple[datetime, BroadcastId] | None = None, limit: int = LISTED
    ) -> list[Broadcast]:
        """The newest first, behind `before`. Raises ForbiddenError."""
        by.must(READ)
        return await self._store.newest(limit, before=before)

    async def find(self, broadcast_id: BroadcastId, *, by: Actor) -> Broadcast:
        """One broadcast. Raises ForbiddenError, NotFoundError."""
        by.must(READ)
        return await self._steps.find(broadcast_id)

    async def people(  # noqa: PLR0913 - what a page is asked for by
        self,
        broadcast: Broadcast,
        *,
        by: Actor,
        will: str = "",
        reason: str | None = None,
        after: int = -1,
        limit: int = LISTED,
    ) -> list[Recipient]:
        """Who was chosen, as last worked out, behind the place `after`. Raises ForbiddenError."""
        by.must(READ)
        if broadcast.preview is None:
            return []
        return await self._store.page(
            broadcast.id, broadcast.preview.run_id, will=will, reason=reason, after=after, limit=limit
        )

    async def sent(self, recipients: Collection[Recipient], *, by: Actor) -> Mapping[str, Message]:
        """What became of their messages, by key, where they are in the outbox. Raises ForbiddenError."""
        by.must(READ)
        return await self._outbox.by_keys([each.key for each in recipients])

    async def readings(
        self, broadcast: Broadcast, recipients: Collection[Recipient], *, by: Actor
    ) -> Mapping[str, Rendered]:
        """What each of them would read, by the row's id; left out where the wording cannot be filled.

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

    async def progress(self, broadcast: Broadcast, *, by: Actor) -> Progress:
        """How far it is, live. Raises ForbiddenError."""
        by.must(READ)
        return progress(broadcast, await self._outbox.batches.tally(broadcast.prefix))

    async def waiting(self, *, by: Actor) -> list[Broadcast]:
        """Those that wait for an approval. Raises ForbiddenError."""
        by.must("broadcasts:broadcast:approve")
        return await self._store.in_states([BroadcastState.WAITING], LISTED)

    async def waiting_for_approval(self) -> int:
        """How many wait for an approval, for the first page."""
        return len(await self._store.in_states([BroadcastState.WAITING], LISTED))

    def templates_for(self, purpose: Purpose) -> list[Template]:
        """The wordings a broadcast of that purpose may use, by name."""
        found = [self._templates.get(key) for key in self._templates.keys - self._templates.retired]
        return sorted((each for each in found if each.purpose is purpose), key=lambda each: each.name or each.key)

    async def using(self, template: str) -> list[str]:
        """What still needs a template, in words for staff: every broadcast with it that has not ended."""
        states = [state for state in BroadcastState if state not in OVER]
        return [f"推送「{broadcast.title}」" for broadcast in await self._store.using(template, states, LISTED)]

    # -- approving ------------------------------------------------------------------------------------------------

    async def approve(self, broadcast_id: BroadcastId, seen: str, *, by: Actor, now: datetime) -> Broadcast:
        """Let it go out. Everybody is looked at once more; of many people in the background, see `working_out`.

        `seen` is the fingerprint of what the approver saw, people and wording.
        Raises ForbiddenError, NotFoundError, StaleError, NotNowError, BroadcastProblemsError, SelfApprovalError (they
        wrote it) and AudienceChangedError (the recipients changed; the new preview is kept, to be looked at).
        """
        by.must(APPROVE)
        before = await self._steps.find(broadcast_id)
        self._steps.may(by, before.purpose)
        self._steps.must_be(before, {BroadcastState.WAITING})
        self._steps.not_own(before, by=by)
        self._steps.check(draft_of(before), now, started=True)
        return await self._rounds.approve(before, seen, by=by, now=now)

    # -- while it runs ----------------------------------------------------------------------------------------------

    async def pause(self, broadcast_id: BroadcastId, *, by: Actor, now: datetime) -> Broadcast:
        """Nothing more leaves until it is resumed; pausing twice changes nothing. Raises as `cancel`."""
        return await self._steps.transition(
            broadcast_id,
            BroadcastAction.PAUSED,
            BroadcastState.PAUSED,
            "暂停推送",
            by=by,
            now=now,
            reason=f"{by.name}暂停",
        )

    async def resume(self, broadcast_id: BroadcastId, *, by: Actor, now: datetime) -> Broadcast:
        """Go on from where it stood, at the same pace from now. Raises as `cancel`, and OwnWorkError.

        Where the template was changed meanwhile, only whoever may approve it can let it go on.
        """
        by.must(WRITE)
        before = await self._steps.find(broadcast_id)
        self._steps.may(by, before.purpose)
        self._steps.must_be(before, {BroadcastState.PAUSED})
        version = self._running.version_of(before)
        if version != before.template_version:
            by.must(APPROVE)
            self._steps.not_own(before, by=by)
        step = event_of(BroadcastAction.RESUMED, by, now)
        change = {
            "state": BroadcastState.RUNNING.value,
            "pause_reason": "",
            "template_version": version,
            "slots_from": start_of(before, now),
            "first_slot": before.next_slot,
        }
        after = await self._store.move(broadcast_id, [BroadcastState.PAUSED], change, step)
        if after is None:
            raise StaleError("the broadcast was moved by somebody else")
        await self._outbox.batches.resume(after.prefix, PAUSED, now)
        await self._steps.note(BroadcastAction.RESUMED, after, "继续推送", by=by, now=now)
        return after

    async def cancel(self, broadcast_id: BroadcastId, *, by: Actor, now: datetime) -> Broadcast:
        """End it: what has not left never will. Raises ForbiddenError, NotFoundError, NotNowError."""
        broadcast = await self._steps.transition(
            broadcast_id, BroadcastAction.CANCELLED, BroadcastState.CANCELLED, "取消推送", by=by, now=now
        )
        await self._outbox.batches.cancel(
            broadcast.prefix, "broadcast_cancelled", explanation="这次推送已取消", now=now
        )
        return broadcast

    async def work_out(self, now: datetime) -> int:
        """Take up one list that is worked out in the background; the number worked on. See `Rounds.work`."""
        return await self._rounds.work(now)

    async def run(self, now: datetime) -> Mapping[str, int]:
        """Move approved broadcasts along; see `Running.run`."""
        return await self._running.run(now)

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        """Whether messages of broadcasts are still wanted; see `Running.verdicts`."""
        return await self._running.verdicts(messages)

    async def erase(self, contact_id: ContactId) -> int:
        """Forget that a contact was ever chosen; the number of places removed."""
        return await self._store.erase(contact_id)
