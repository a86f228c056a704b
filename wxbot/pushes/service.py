"""Use cases of care pushes: look at, approve, pause, resume, cancel, follow. Writing them is in `writing`."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.service import AuditTrail
from wxbot.booking.visits.service import Visits
from wxbot.clinic.ports import LiveClinic
from wxbot.clock import Clock
from wxbot.errors import DomainError, StaleError
from wxbot.followups.service import FollowUps
from wxbot.history.models import ContactId
from wxbot.outbox.models import Message, MessageId
from wxbot.outbox.ports import Verdict
from wxbot.outbox.service import Outbox
from wxbot.patients.service import Patients
from wxbot.pushes.choosing import Choosing
from wxbot.pushes.models import OVER, Did, Push, PushId, PushState, Recipient, draft_of
from wxbot.pushes.previewing import Previewing, start_of
from wxbot.pushes.progress import Progress, progress
from wxbot.pushes.rounds import Rounds
from wxbot.pushes.running import PAUSED, Running
from wxbot.pushes.steps import APPROVE, READ, WRITE, Steps, step_of
from wxbot.pushes.store import PushStore
from wxbot.pushes.wording import variables_for
from wxbot.pushes.writing import Writing
from wxbot.templates.models import Purpose, Rendered, Template, Variable
from wxbot.templates.ports import Censor
from wxbot.templates.service import Templates

LISTED = 50  # pushes, or people, on one page


class Pushes:
    """关怀推送. Satisfies the outbox's `Relevance` for messages of pushes.

    `self_approval` is for a clinic of one person: whoever wrote a push may then approve it, and the audit says so.
    """

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: PushStore,
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
        self._steps = Steps(
            store,
            templates=templates,
            clinics=clinics,
            audit=audit,
            self_approval=self_approval,
            variables=variables,
            censor=censor,
        )
        choosing = Choosing(patients, visits, clinics)
        previewing = Previewing(
            store, choosing=choosing, patients=patients, outbox=outbox, templates=templates, clinics=clinics
        )
        self._running = Running(
            store,
            patients=patients,
            outbox=outbox,
            templates=templates,
            followups=followups,
            clinics=clinics,
            audit=audit,
        )
        self._rounds = Rounds(store, self._steps, previewing, self._running, clock)
        self.writing = Writing(store, self._steps, self._rounds, clinics)

    # -- reading ------------------------------------------------------------------------------------------------

    async def newest(
        self, by: Actor, *, before: tuple[datetime, PushId] | None = None, limit: int = LISTED
    ) -> list[Push]:
        """The newest first, behind `before`. Raises ForbiddenError."""
        by.must(READ)
        return await self._store.newest(limit, before=before)

    async def find(self, by: Actor, push_id: PushId) -> Push:
        """One push. Raises ForbiddenError, NotFoundError."""
        by.must(READ)
        return await self._steps.find(push_id)

    async def people(  # noqa: PLR0913 - what a page is asked for by
        self,
        by: Actor,
        push: Push,
        *,
        will: str = "",
        reason: str | None = None,
        after: int = -1,
        limit: int = LISTED,
    ) -> list[Recipient]:
        """Who was chosen, as last worked out, behind the place `after`. Raises ForbiddenError."""
        by.must(READ)
        if push.preview is None:
            return []
        return await self._store.page(push.id, push.preview.round, will=will, reason=reason, after=after, limit=limit)

    async def sent(self, by: Actor, recipients: Collection[Recipient]) -> Mapping[str, Message]:
        """What became of their messages, by key, where they are in the outbox. Raises ForbiddenError."""
        by.must(READ)
        return await self._outbox.by_keys([each.key for each in recipients])

    async def readings(self, by: Actor, push: Push, recipients: Collection[Recipient]) -> Mapping[str, Rendered]:
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
                filled = variables_for(push.variables, self._clinics.current, patient, contact)
                read[each.id] = self._templates.render(push.template, filled)
        return read

    async def progress(self, by: Actor, push: Push) -> Progress:
        """How far it is, live. Raises ForbiddenError."""
        by.must(READ)
        return progress(push, await self._outbox.batches.tally(push.prefix))

    async def waiting(self, by: Actor) -> list[Push]:
        """Those that wait for an approval. Raises ForbiddenError."""
        by.must("pushes:push:approve")
        return await self._store.in_states([PushState.WAITING], LISTED)

    async def waiting_for_approval(self) -> int:
        """How many wait for an approval, for the first page."""
        return len(await self._store.in_states([PushState.WAITING], LISTED))

    def templates_for(self, purpose: Purpose) -> list[Template]:
        """The wordings a push of that purpose may use, by name."""
        found = [self._templates.get(key) for key in self._templates.keys - self._templates.retired]
        return sorted((each for each in found if each.purpose is purpose), key=lambda each: each.name or each.key)

    async def using(self, template: str) -> list[str]:
        """What still needs a template, in words for staff: every push with it that has not ended."""
        states = [state for state in PushState if state not in OVER]
        return [f"推送「{push.title}」" for push in await self._store.using(template, states, LISTED)]

    # -- approving ------------------------------------------------------------------------------------------------

    async def approve(self, by: Actor, push_id: PushId, seen: str, now: datetime) -> Push:
        """Let it go out. Everybody is looked at once more; of many people in the background, see `working_out`.

        `seen` is the fingerprint of what the approver saw, people and wording.
        Raises ForbiddenError, NotFoundError, StaleError, NotNowError, PushProblemsError, OwnWorkError (they wrote it)
        and PeopleChangedError (who gets it changed: what was worked out anew is kept, to be looked at).
        """
        by.must(APPROVE)
        before = await self._steps.find(push_id)
        self._steps.may(by, before.purpose)
        self._steps.must_be(before, {PushState.WAITING})
        self._steps.not_own(by, before)
        self._steps.check(draft_of(before), now, started=True)
        return await self._rounds.approve(by, before, seen, now)

    # -- while it runs ----------------------------------------------------------------------------------------------

    async def pause(self, by: Actor, push_id: PushId, now: datetime) -> Push:
        """Nothing more leaves until it is resumed; pausing twice changes nothing. Raises as `cancel`."""
        return await self._steps.shift(
            by, push_id, Did.PAUSED, PushState.PAUSED, now, "暂停推送", reason=f"{by.name}暂停"
        )

    async def resume(self, by: Actor, push_id: PushId, now: datetime) -> Push:
        """Go on from where it stood, at the same pace from now. Raises as `cancel`, and OwnWorkError.

        Where the template was changed meanwhile, only whoever may approve it can let it go on.
        """
        by.must(WRITE)
        before = await self._steps.find(push_id)
        self._steps.may(by, before.purpose)
        self._steps.must_be(before, {PushState.PAUSED})
        version = self._running.version_of(before)
        if version != before.template_version:
            by.must(APPROVE)
            self._steps.not_own(by, before)
        step = step_of(Did.RESUMED, by, now)
        change = {
            "state": PushState.RUNNING.value,
            "pause_reason": "",
            "template_version": version,
            "base_at": start_of(before, now),
            "base_turn": before.next_turn,
        }
        after = await self._store.move(push_id, [PushState.PAUSED], change, step)
        if after is None:
            raise StaleError("the push was moved by somebody else")
        await self._outbox.batches.resume(after.prefix, PAUSED, now)
        await self._steps.note(by, Did.RESUMED, after, now, "继续推送")
        return after

    async def cancel(self, by: Actor, push_id: PushId, now: datetime) -> Push:
        """End it: what has not left never will. Raises ForbiddenError, NotFoundError, NotNowError."""
        push = await self._steps.shift(by, push_id, Did.CANCELLED, PushState.CANCELLED, now, "取消推送")
        await self._outbox.batches.cancel(push.prefix, "push_cancelled", explanation="这次推送已取消", now=now)
        return push

    async def work_out(self, now: datetime) -> int:
        """Take up one list that is worked out in the background; the number worked on. See `Rounds.work`."""
        return await self._rounds.work(now)

    async def run(self, now: datetime) -> Mapping[str, int]:
        """Move approved pushes along; see `Running.run`."""
        return await self._running.run(now)

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        """Whether messages of pushes are still wanted; see `Running.verdicts`."""
        return await self._running.verdicts(messages)

    async def erase(self, contact_id: ContactId) -> int:
        """Forget that a contact was ever chosen; the number of places removed."""
        return await self._store.erase(contact_id)
