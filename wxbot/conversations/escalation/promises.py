"""承诺: "我会在下午三点前回复您" starts a clock that survives the shift; kept, late or broken (A2-19, A2-34, A2-41).

The clock starts when the sentence was sent. It belongs to the contact, so it outlives the episode, and its owner is who
owns the contact's talk now. A colleague says with one key that it was kept; when it was answered is a fact of the
transcript, so that a mark made later does not make it late. What nobody keeps within a day of its due time is broken.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.actors import STAFF, SYSTEM, Actor
from wxbot.clinic.ports import LiveClinic
from wxbot.conversations.escalation.promise_models import Promise, PromiseState
from wxbot.conversations.escalation.promised_times import promised_by
from wxbot.conversations.escalation.stores.promises import PromiseStore
from wxbot.conversations.models import EpisodeId
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.states import REPLY, SUPERVISE
from wxbot.errors import NotFoundError, StaleError
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError

__all__ = ["Promise", "PromiseState", "Promises", "promised_by"]

MOST_WORDS = 200  # characters of the sentence that are kept
A_COLLEAGUES = "这条承诺由同事跟进，由他或主管来标记。接待这位患者以后，就归您跟进。"
SAME = timedelta(minutes=30)  # two due times nearer than this are the same promise said twice


class Promises:
    """Use cases of promises."""

    def __init__(self, store: PromiseStore, *, clinics: LiveClinic, rules: DeskRules) -> None:
        self._store = store
        self._clinics = clinics
        self._rules = rules

    async def note_sent(  # noqa: PLR0913 - one fact each, all keyword-only
        self, contact_id: ContactId, episode_id: EpisodeId, *, line_id: str, words: str, by: str, now: datetime
    ) -> Promise | None:
        """The platform took a colleague's message: what it promises, if anything; and earlier promises were answered.

        `by` is `staff:<id>`; others promise nothing. Noting the same line again changes nothing. A promise that says
        again what is open already gains no time.
        """
        if not by.startswith(STAFF):
            return None
        await self._store.answered(contact_id, line_id, now)
        due_at = promised_by(words, now, self._clinics.current.timezone, vague=self._rules.promise_vague)
        if due_at is None:
            return None
        known = await self._store.open_of(contact_id)
        if any(each.due_at > now and timedelta(0) <= due_at - each.due_at <= SAME for each in known):
            return None
        maker = AccountId(by.removeprefix(STAFF))
        promise = Promise(
            id=line_id,
            contact_id=contact_id,
            episode_id=episode_id,
            made_by=maker,
            owner=maker,
            made_at=now,
            due_at=due_at,
            words=words[:MOST_WORDS],
        )
        await self.note(promise)
        return promise

    async def note(self, promise: Promise) -> None:
        """A sent text made one; noting it again changes nothing."""
        soon = promise.due_at - self._rules.promise_warning
        first = soon if soon > promise.made_at else promise.due_at
        await self._store.insert(replace(promise, look_at=promise.look_at or first))

    async def open_of(self, contact_id: ContactId) -> list[Promise]:
        """What is still to be kept, the earliest due first."""
        return await self._store.open_of(contact_id)

    async def promised(self, contact_ids: Collection[ContactId]) -> set[ContactId]:
        """Those of the contacts to whom something is still to be kept."""
        return await self._store.promised(contact_ids) if contact_ids else set()

    async def owed_by(self, account_id: AccountId) -> list[Promise]:
        """What somebody must keep, the earliest due first."""
        return await self._store.owed_by(account_id)

    async def keep(self, promise_id: str, *, contact_id: ContactId | None = None, by: Actor, now: datetime) -> Promise:
        """It was done: kept, or late. Its owner says so, or a supervisor; with `contact_id` only one to that contact.

        It was done when a colleague last wrote to the patient; without that, now (by telephone, say).

        Raises ForbiddenError, NotFoundError, NotNowError (a colleague must keep it), StaleError (settled already).
        """
        by.must(REPLY)
        promise = await self._store.find(promise_id)
        if promise is None or contact_id not in {None, promise.contact_id}:
            raise NotFoundError("no such promise")
        if promise.owner not in {None, by.id} and not by.may(SUPERVISE):
            raise NotNowError(A_COLLEAGUES)
        kept_at = promise.answered_at or now
        state = PromiseState.KEPT if kept_at <= promise.due_at else PromiseState.LATE
        settled = await self._store.mark(promise_id, state, kept_at, by.by)
        if settled is None:
            raise StaleError("the promise is settled already")
        return settled

    async def moved(self, contact_id: ContactId, owner: AccountId | None) -> None:
        """Somebody else answers the contact now, and keeps what was promised (A2-41)."""
        await self._store.move(contact_id, owner)

    async def all_open(self, limit: int = 500) -> list[Promise]:
        """Everything that is still to be kept, what is looked at next in front."""
        return await self._store.all_open(limit)

    async def due(self, now: datetime, limit: int = 100) -> list[Promise]:
        """What is overdue and was not told yet."""
        return await self._store.overdue(now, limit)

    async def to_look_at(self, now: datetime, limit: int = 100) -> list[Promise]:
        """What somebody is to be told of now: soon due, overdue, broken."""
        return await self._store.to_look_at(now, limit)

    async def looked_at(self, promise: Promise, now: datetime) -> Promise | None:
        """Claim this look and set the next one; None when another process has it, or it was settled meanwhile.

        After the due time the next look is when it counts as broken; at that one it is.
        """
        broken_at = promise.due_at + self._rules.promise_broken_after
        if now >= broken_at:
            after = replace(promise, state=PromiseState.BROKEN, look_at=None, by=SYSTEM.by)
        else:
            after = replace(promise, look_at=promise.due_at if now < promise.due_at else broken_at)
        return after if await self._store.replace(promise, after) else None

    async def tally(self, since: datetime, until: datetime) -> Mapping[AccountId, Mapping[PromiseState, int]]:
        """How many promises made in [since, until) came to what, by who made them (A2-34)."""
        return await self._store.tally(since, until)

    async def made(self, since: datetime, until: datetime, limit: int = 1_000) -> list[Promise]:
        """The promises behind those numbers, the latest first."""
        return await self._store.made(since, until, limit)

    async def erase(self, contact_ids: Collection[ContactId]) -> int:
        """Delete what those contacts were promised; the number."""
        return await self._store.erase(contact_ids) if contact_ids else 0
