"""Use cases of follow-ups: open, list, close."""

from collections.abc import Collection, Mapping
from datetime import datetime

from wxbot.actors import PATIENT, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.errors import InvalidInputError, NotFoundError, StaleError
from wxbot.followups.leads import SCRIPTS
from wxbot.followups.models import (
    CALLED,
    KIND_NAMES,
    FollowUp,
    FollowUpChange,
    FollowUpId,
    FollowUpKind,
    FollowUpState,
    PatientWords,
)
from wxbot.followups.ports import OwnerSource
from wxbot.followups.rules import FollowUpRules
from wxbot.followups.stores.followups import FollowUpStore, Position
from wxbot.history.models import By, ContactId, Interaction, Kind, PatientId
from wxbot.history.service import History
from wxbot.ids import new_id

READ, CLOSE = "followups:task:read", "followups:task:close"
LISTED = 50  # on one page
MOST_RACES = 5  # tries to open one while others on its topic are opened and closed
MOST_OUTCOME = 500  # characters a person may write when closing
ERASED = "患者信息已按规定删除"
WITHDRAWN = "患者表示不用了"
NOT_ANSWERED = "没有接通不算有了结果。请用「记录联系」记下未接，系统会排下一次的时间。"


class FollowUps:
    """待办回访: work for people. Satisfies the outbox's `Tasks`.

    What a member of staff asks for takes who asks as `by`; closing is noted in the audit.
    """

    def __init__(
        self,
        store: FollowUpStore,
        *,
        history: History,
        audit: AuditTrail,
        owners: OwnerSource | None = None,
        rules: FollowUpRules | None = None,
    ) -> None:
        """Without `owners`, a follow-up whose opener names nobody is anybody's."""
        self._store = store
        self._history = history
        self._audit = audit
        self._owners = owners
        self._rules = rules or FollowUpRules()

    async def open(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        *,
        key: str,
        kind: str,
        reason: str,
        contact_id: ContactId | None,
        patient_id: PatientId | None,
        due_at: datetime,
        now: datetime,
        topic: str = "",
        urgent: bool = False,
        about: str = "",
        owner: str = "",
        words: tuple[PatientWords, ...] = (),
        subject: str = "",
        script: str = "",
        quote: int | None = None,
    ) -> FollowUp:
        """Open a follow-up once per `key`, in whatever state it is since; the one that is kept.

        `kind` is a FollowUpKind or its value; `reason` is in words staff understand; `script` is the key of what is
        said. Repeating it changes nothing, and finishes what a crash left half done. With a `topic` (and a contact)
        another cause is only counted while a follow-up on the same topic of the contact is open; its words, and a
        reason not given yet, are added there.
        """
        if not owner and self._owners is not None and kind in CALLED:
            owner = await self._owners.owner_for(patient_id, contact_id, now)
        new = FollowUp(
            id=FollowUpId(new_id(now)),
            key=key,
            kind=FollowUpKind(kind),
            reason=reason,
            contact_id=contact_id,
            patient_id=patient_id,
            opened_at=now,
            due_at=self._rules.due_at(kind, script, due_at),
            topic=f"{contact_id}:{topic}" if topic and contact_id is not None else "",
            latest_key=key,
            latest_at=now,
            urgent=urgent,
            about=about,
            owner=owner,
            words=words,
            subject=subject,
            script=script,
            quote=quote,
        )
        kept = await self._kept(new)
        await self._history.append(_line(kept, "opened", Kind.FOLLOWUP_OPENED, kept.opened_at, By.SYSTEM, kept.reason))
        return kept

    async def _kept(self, new: FollowUp) -> FollowUp:
        """The follow-up that stands for this cause: the open one on its topic, an older one of its key, or `new`."""
        for _ in range(MOST_RACES):
            if new.topic:
                kept = await self._store.count_again(new) or await self._store.by_cause(new.key)
                if kept is not None:
                    return await self._with_words(kept, new)
            if await self._store.insert(new):
                return new
            kept = await self._store.by_key(new.key)
            if kept is not None:
                return await self._with_words(kept, new)
        raise StaleError("the follow-up vanished while it was opened")

    async def _with_words(self, kept: FollowUp, new: FollowUp) -> FollowUp:
        """The follow-up that is kept, with the words of the new cause."""
        known = {each.line_id for each in kept.words}
        if kept.state is not FollowUpState.OPEN or all(each.line_id in known for each in new.words):
            return kept
        return await self._store.add_words(kept.id, new.words) or kept

    async def close(self, followup_id: FollowUpId, outcome: str, *, by: Actor, now: datetime) -> FollowUp:
        """Note that it is done; `outcome` is what came of it, in the words of the person who did it.

        Raises:
            ForbiddenError: they may not close follow-ups.
            NotFoundError: there is no such follow-up.
            StaleError: it is closed already.
            InvalidInputError: the outcome is empty or too long, or says of a call that nobody answered.
        """
        by.must(CLOSE)
        words = outcome.strip()
        if not words or len(words) > MOST_OUTCOME:
            raise InvalidInputError(
                f"an outcome has 1 to {MOST_OUTCOME} characters", sentence=f"请写一句结果，最多 {MOST_OUTCOME} 字"
            )
        task = await self._store.by_id(followup_id)
        if task is not None and task.kind in CALLED and any(each in words for each in self._rules.unanswered):
            raise InvalidInputError("not answered is no outcome", sentence=NOT_ANSWERED)
        change = {"state": FollowUpState.DONE.value, "closed_at": now, "outcome": words, "by": by.by}
        note = FollowUpChange(at=now, by=by.by, cause=words)
        closed = await self._store.change_open(followup_id, change, note)
        if closed is None:
            if await self._store.by_id(followup_id) is None:
                raise NotFoundError("no such follow-up")
            raise StaleError("the follow-up is closed already")
        await self._history.append(closed_line(closed, now, by.by))
        summary = f"完成待办（{KIND_NAMES[closed.kind]}）"
        await self._audit.record(AuditAction.FOLLOWUP_CLOSED, audit_subject(closed), by=by, now=now, summary=summary)
        return closed

    async def settle(self, followup_id: FollowUpId, outcome: str, now: datetime) -> bool:
        """Its cause went away, so that nobody has to do it any more; False when it was closed already."""
        change = {"state": FollowUpState.OBSOLETE.value, "closed_at": now, "outcome": outcome, "by": By.SYSTEM}
        closed = await self._store.change_open(followup_id, change)
        if closed is None:
            return False
        await self._history.append(_line(closed, "closed", Kind.FOLLOWUP_CLOSED, now, By.SYSTEM, outcome))
        return True

    async def reached(self, patient_ids: Collection[PatientId], since: datetime) -> Mapping[PatientId, datetime]:
        """When each of those patients was last reached after that moment by a call that was a task."""
        return await self._store.reached(patient_ids, since) if patient_ids else {}

    async def leads_between(self, start: datetime, end: datetime) -> list[FollowUp]:
        """Who became a lead, or left without deciding, in [start, end), in whatever state that is (`leads.py`)."""
        return [each for each in await self._store.of_scripts(SCRIPTS, start, end) if each.contact_id is not None]

    async def leads_of(self, patient_ids: Collection[PatientId]) -> list[FollowUp]:
        """Everything that was opened about those patients as leads or undecided, the oldest first."""
        return await self._store.of_patients(patient_ids, SCRIPTS) if patient_ids else []

    async def settle_of_patients(self, patient_ids: Collection[PatientId], outcome: str, now: datetime) -> int:
        """Nobody has to do any more what is open about those patients; the number ended. Safe to repeat."""
        ended = 0
        while found := await self._store.open_of(patient_ids, (), LISTED):
            settled = [await self.settle(each.id, outcome, now) for each in found]
            ended += sum(settled)
            if not any(settled):
                break  # others end them at this moment
        return ended

    async def open_with_subject(self) -> list[FollowUp]:
        """Everything open that was derived from something, by that."""
        return await self._store.open_with_subject()

    async def next_with_subject(self, after: str, limit: int) -> tuple[list[FollowUp], str]:
        """A portion of them, those of one subject together unless it has more than `limit`; then where to go on."""
        found = await self._store.open_with_subject(after, limit)
        whole = [each for each in found if len(found) < limit or each.subject != found[-1].subject] or found
        return whole, whole[-1].subject if len(found) == limit else ""

    async def opened_before(self, keys: Collection[str], moment: datetime) -> frozenset[str]:
        """Those of the keys whose follow-up was opened before that moment, in whatever state it is."""
        return await self._store.opened_before(keys, moment) if keys else frozenset()

    async def add_words(self, followup_id: FollowUpId, *words: PatientWords) -> FollowUp | None:
        """Add what the patient wrote or sent, each line of the transcript once; None when it is closed by now.

        The first MOST_WORDS are kept, further ones counted.
        """
        return await self._store.add_words(followup_id, words)

    async def is_open(self, followup_id: FollowUpId) -> bool:
        """Whether a person still has that to do."""
        return await self._store.is_open(followup_id)

    async def withdraw(self, followup_id: FollowUpId, now: datetime) -> bool:
        """The patient takes back what they asked for; False when it was closed already."""
        change = {
            "state": FollowUpState.DONE.value,
            "closed_at": now,
            "outcome": WITHDRAWN,
            "by": PATIENT.by,
        }
        closed = await self._store.change_open(followup_id, change)
        if closed is None:
            return False
        await self._history.append(_line(closed, "closed", Kind.FOLLOWUP_CLOSED, now, By.PATIENT, WITHDRAWN))
        return True

    async def open_ones(
        self,
        *,
        by: Actor,
        kind: FollowUpKind | None = None,
        prefix: str = "",
        after: Position | None = None,
        limit: int = LISTED,
    ) -> list[FollowUp]:
        """What is to be done behind `after`, urgent ones on top, then by when it is due; of one kind or cause.

        `prefix` is the beginning of the key, e.g. `phone:broadcast/<id>/`; closed ones are then among them.
        Raises ForbiddenError.
        """
        by.must(READ)
        if prefix:
            return await self._store.of_cause(prefix, limit=limit)
        return await self._store.open_page(kind=kind, after=after, limit=limit)

    async def count_open(self, kind: FollowUpKind, most: int, due_by: datetime | None = None) -> int:
        """How many of one kind are open (and due by then, where given), counted to `most`."""
        return await self._store.count_open(kind, due_by, most)

    async def open_of(
        self, patient_ids: Collection[PatientId], contact_ids: Collection[ContactId], limit: int = 50
    ) -> list[FollowUp]:
        """What people have to do about those patients, or about those contacts and nobody else."""
        return await self._store.open_of(patient_ids, contact_ids, limit)

    async def find(self, key: str) -> FollowUp | None:
        """The follow-up of that key, open or not."""
        return await self._store.by_key(key)

    async def by_keys(self, keys: Collection[str]) -> Mapping[str, FollowUp]:
        """The follow-ups of those keys, open or not, by key."""
        return {each.key: each for each in await self._store.by_keys(keys)} if keys else {}

    async def by_id(self, followup_id: FollowUpId) -> FollowUp | None:
        """The follow-up of that id, open or not."""
        return await self._store.by_id(followup_id)

    async def erase(self, contact_id: ContactId, now: datetime | None = None) -> int:
        """Take a contact off their follow-ups; open ones end with it. The number touched."""
        return await self._store.detach(contact_id, ERASED, now)


def closed_line(followup: FollowUp, at: datetime, by: str) -> Interaction:
    """The line of the transcript that says what came of a follow-up."""
    return _line(followup, "closed", Kind.FOLLOWUP_CLOSED, at, by, followup.outcome or "")


def audit_subject(followup: FollowUp) -> str:
    """What the audit names it by: its patient, where it has one."""
    return f"patient:{followup.patient_id}" if followup.patient_id is not None else f"followup:{followup.id}"


def _line(followup: FollowUp, what: str, kind: Kind, at: datetime, by: str, text: str) -> Interaction:  # noqa: PLR0913, PLR0917
    return Interaction(
        id=f"followup:{followup.id}:{what}",
        at=at,
        kind=kind,
        contact_id=followup.contact_id,
        patient_id=followup.patient_id,
        by=by,
        text=text,
        payload={"kind": followup.kind.value, "key": followup.key},
        ref=followup.id,
    )
