"""Five colleagues, a supervisor, patients, the clock and transfers at the chat desk, in any order and at once.

Hypothesis draws rounds of deeds; those of one round run together, over a real mongod. After each round every episode
is in order and in somebody's list, nobody holds more than they can, and no two people have the same patient.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.conftest import ManualClock
from tests.desks import ALWAYS, BOSS, NOON, Stage, agent, set_stage
from wxbot.actors import SYSTEM, Actor
from wxbot.conversations.episodes import assignment
from wxbot.conversations.models import (
    OPEN,
    AgentStatus,
    Cause,
    Ending,
    EndingKind,
    Episode,
    EpisodeId,
    EpisodeState,
    Handover,
    Snooze,
    SnoozeWake,
)
from wxbot.conversations.rules import DeskRules
from wxbot.database import Database
from wxbot.errors import DomainError
from wxbot.followups.models import FollowUpKind
from wxbot.history.models import ContactId, Kind
from wxbot.staff.models import AccountId

PEOPLE = [agent(each) for each in "abcde"]
CONTACTS = [ContactId(f"c{number}") for number in range(12)]
RULES = DeskRules(hours=ALWAYS, capacity=2, high_intent=("多少钱",))
COLLECTIONS = ("episodes", "desk_claims", "desk_agents", "desk_devices", "followups", "interactions", "audit")

T = TypeVar("T")


@dataclass(frozen=True)
class Deed:
    """What somebody does with a contact's episode. `number` makes lines and causes differ."""

    what: str
    contact: ContactId
    by: Actor
    to: Actor
    flag: bool
    number: int

    @property
    def line(self) -> str:
        """The line of the transcript that a patient's words are."""
        return f"m:{self.contact}:{self.number}"


def deeds(*whats: str) -> st.SearchStrategy[Deed]:
    return st.builds(
        Deed,
        what=st.sampled_from(whats),
        contact=st.sampled_from(CONTACTS),
        by=st.sampled_from(PEOPLE),
        to=st.sampled_from(PEOPLE),
        flag=st.booleans(),
        number=st.integers(0, 40),
    )


WITHIN = ("open", "open", "hear", "answer", "take", "take", "refuse", "give", "close", "status", "assign", "not_needed")
BEYOND = (
    *WITHIN,
    "jump",
    "start",
    "take_over",
    "unstick",
    "snooze",
    "wake",
    "seen",
    "erase",
    "boss_gives",
    "boss_closes",
)
SETTLES = frozenset({"answer", "close", "boss_closes", "not_needed", "erase"})  # after them nobody waits


class DeskMachine(RuleBasedStateMachine):
    """The desk while all that goes on. `bounded`: nobody does what may lead beyond somebody's capacity."""

    runner: ClassVar[asyncio.Runner]
    database: ClassVar[Database]
    bounded: ClassVar[bool]

    def __init__(self) -> None:
        super().__init__()
        self.numbers = count(100)  # of lines that nobody wrote before
        self.stage: Stage = self.run(self.begin())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def begin(self) -> Stage:
        whole = self.database.client[self.database.name]
        await asyncio.gather(*(whole[name].delete_many({}) for name in COLLECTIONS))
        stage = await set_stage(self.database, ManualClock(), RULES)
        await stage.available(*PEOPLE)
        return stage

    @rule(together=st.lists(deeds(*WITHIN), min_size=1, max_size=8))
    def at_once(self, together: list[Deed]) -> None:
        self.run(self.act(together))

    @rule(together=st.lists(deeds(*BEYOND), min_size=1, max_size=8))
    def anything_at_once(self, together: list[Deed]) -> None:
        if not self.bounded:
            self.run(self.act(together))

    @rule(seconds=st.sampled_from([1, 20, 45, 121, 700]), alive=st.sets(st.sampled_from("abcde")))
    def time_passes(self, seconds: int, alive: set[str]) -> None:
        self.stage.pass_time(seconds)
        self.run(self.stage.alive(*(each for each in PEOPLE if each.id in alive)))

    @rule()
    def the_clock_offers(self) -> None:
        """Alone, so that the fairness of what it offered can be told."""
        self.run(self.offer_fairly())

    @rule()
    def a_usual_minute(self) -> None:
        """What is offered is taken, who waits is answered, and everybody writes again at once."""
        self.run(self.minute())

    async def minute(self) -> None:
        stage = self.stage
        await stage.desk.assign(stage.now)
        for each in await stage.episodes.offered(100):
            who = next((one for one in PEOPLE if each.offer is not None and one.id == each.offer.to), PEOPLE[0])
            with suppress(DomainError):
                await stage.desk.take(each.id, by=who, now=stage.now)
        for what in ("answer", "hear"):
            numbers = zip(CONTACTS, self.numbers, strict=False)
            await self.act(
                [Deed(what, each, PEOPLE[0], PEOPLE[0], flag=False, number=number) for each, number in numbers]
            )

    async def act(self, together: list[Deed]) -> None:
        before = await self.stage.episodes.of_contacts(CONTACTS)
        results = await asyncio.gather(*(self.do(each) for each in together), return_exceptions=True)
        wrong = [each for each in results if isinstance(each, BaseException) and not isinstance(each, DomainError)]
        if wrong:
            raise wrong[0]
        assert all(each.sentence for each in results if isinstance(each, DomainError))
        after = await self.stage.episodes.of_contacts(CONTACTS)
        for contact, episode in before.items():
            self.look_at_wait(episode, after.get(contact), [each for each in together if each.contact == contact])

    @staticmethod
    def look_at_wait(before: Episode, after: Episode | None, deeds: list[Deed]) -> None:
        """Who waited, or asked something in this round, still waits since then: nobody has answered or ended it."""
        if any(each.what in SETTLES for each in deeds):
            return
        asked = [each for each in deeds if each.what == "hear" and not each.flag and each.line not in before.counted]
        assert after is not None
        assert after.id == before.id
        if before.waiting_since is not None:
            assert after.waiting_since == before.waiting_since
        elif asked:
            assert after.waiting_since is not None

    async def do(self, deed: Deed) -> object:
        stage, desk, now = self.stage, self.stage.desk, self.stage.now
        status = AgentStatus.AVAILABLE if deed.flag else list(AgentStatus)[deed.number % 4]
        acts: dict[str, Callable[[], Awaitable[object]]] = {
            "open": lambda: self.ask(deed),
            "hear": lambda: stage.writes(deed.contact, deed.line, polite=deed.flag, question=not deed.flag),
            "assign": lambda: desk.assign(now),
            "status": lambda: stage.presence.set_status(status, by=deed.by, now=now),
            "not_needed": lambda: desk.end_by_patient(deed.contact, line_ids=(), now=now),
            "erase": lambda: desk.erase(deed.contact, now),
            "start": lambda: desk.start(deed.contact, by=deed.by, now=now),
        }
        if deed.what in acts:
            return await acts[deed.what]()
        episode = await desk.of_contact(deed.contact)
        return await self.handle(deed, episode) if episode is not None else None

    async def ask(self, deed: Deed) -> Episode:
        """As the dispatch does it: a task in 待办, and the episode beside it."""
        key = f"handoff:{deed.contact}:{deed.number}"
        task = await self.stage.tasks.open(
            key=key,
            kind=FollowUpKind.HANDOFF,
            reason="请求人工",
            contact_id=deed.contact,
            patient_id=None,
            due_at=NOON,
            now=self.stage.now,
        )
        return await self.stage.desk.open(
            key=key,
            contact_id=deed.contact,
            cause=Cause.DANGER if deed.number % 7 == 0 else Cause.ASKED,
            reason="请求人工",
            words="多少钱" if deed.flag else "在吗",
            followup_id=task.id,
            now=self.stage.now,
        )

    async def handle(self, deed: Deed, episode: Episode) -> object:
        stage, desk, now, by = self.stage, self.stage.desk, self.stage.now, deed.by
        ending = Ending(kind=EndingKind.GREETING, by=by.by, at=now)
        snooze = Snooze(until=now + timedelta(minutes=1), why="等", wakes=list(SnoozeWake)[deed.number % 3])
        to = AccountId(deed.to.id) if deed.flag else None
        handover = Handover(at=now, by=AccountId(by.id), to=to, reason="换班")
        owner = next((each for each in PEOPLE if each.id == episode.owner), by)
        acts: dict[str, Callable[[], Awaitable[object]]] = {
            "answer": lambda: stage.answers(episode.contact_id, f"o:{episode.contact_id}:{deed.number}", owner),
            "take": lambda: desk.take(episode.id, by=by, now=now),
            "jump": lambda: desk.take(episode.id, reason="熟人", by=by, now=now),
            "refuse": lambda: desk.refuse(episode.id, by=by, now=now),
            "give": lambda: desk.hand_over(episode.id, handover, revision=episode.revision, by=owner, now=now),
            "boss_gives": lambda: desk.hand_over(episode.id, handover, revision=episode.revision, by=BOSS, now=now),
            "close": lambda: desk.close(episode.id, ending, note="好", revision=episode.revision, by=owner, now=now),
            "boss_closes": lambda: desk.close(
                episode.id, ending, note="好", revision=episode.revision, by=BOSS, now=now
            ),
            "take_over": lambda: desk.take_over(episode.id, reason="投诉", by=BOSS, now=now),
            "unstick": lambda: desk.unstick(episode.id, reason="卡住", by=BOSS, now=now),
            "snooze": lambda: desk.snooze(episode.id, snooze, by=owner, now=now),
            "wake": lambda: desk.wake(episode.id, by=SYSTEM if deed.flag else owner, now=now),
            "seen": lambda: desk.seen(episode.id, by=by, now=now),
        }
        return await acts[deed.what]()

    async def offer_fairly(self) -> None:
        """Nobody was offered anything while something older, that they could have had, got no offer."""
        now = self.stage.now
        before = {each.id: each.version for each in await self.stage.episodes.waiting(100)}
        await self.stage.desk.assign(now)
        queue = assignment.in_order(await self.stage.episodes.waiting(100))
        fresh = [
            (place, each) for place, each in enumerate(queue) if each.offer and before.get(each.id) != each.version
        ]
        for place, later in fresh:
            for earlier in queue[:place]:
                if earlier.offer is None and later.offer is not None and later.offer.handed_over_by is None:
                    rests = earlier.passed_at is not None and now - earlier.passed_at < RULES.offer_for
                    assert rests or later.offer.to in earlier.passed_over

    @invariant()
    def everything_is_in_order(self) -> None:
        self.run(self.look())

    async def look(self) -> None:
        stage = self.stage
        every = await stage.episodes.latest(NOON - timedelta(days=1), 10_000)
        open_ones = [each for each in every if each.is_open]
        assert max(Counter(each.contact_id for each in open_ones).values(), default=0) <= 1
        await self.look_at_lists(open_ones)
        for each in every:
            self.look_at_one(each)
        if self.bounded:
            people = await stage.presence.agents()
            for account_id, held in (await stage.episodes.efforts()).items():
                capacity = people[account_id].capacity
                assert sum(min(effort, capacity) for effort in held) <= capacity

    async def look_at_lists(self, open_ones: list[Episode]) -> None:
        """Each open one is in the queue, or among what somebody owns; none is in two such lists."""
        stage = self.stage
        waiting = {each.id for each in await stage.episodes.waiting(1000)}
        owned = [each.id for one in (*PEOPLE, BOSS) for each in await stage.desk.owned_by(AccountId(one.id))]
        snoozed = {each.id for each in await stage.episodes.snoozed(1000)}
        assert sorted([*waiting, *owned]) == sorted(each.id for each in open_ones)
        assert snoozed == {each.id for each in open_ones if each.state is EpisodeState.SNOOZED}

    def look_at_one(self, each: Episode) -> None:
        if each.state is EpisodeState.WAITING:
            assert (each.owner, each.snooze) == (None, None)
            assert each.waiting_since is not None
        if each.state in {EpisodeState.ASSIGNED, EpisodeState.SNOOZED}:
            assert each.owner is not None
            assert each.offer is None
        if not each.is_open:
            assert each.ending is not None
            assert (each.offer, each.waiting_since, each.next_rung_at) == (None, None, None)
        assert len(set(each.counted)) == len(each.counted)
        assert each.unread <= len(each.counted) + len(each.keys)

    def teardown(self) -> None:
        self.run(self.look_back())

    async def look_back(self) -> None:
        """Every close is told once and left no task of its own open."""
        stage = self.stage
        stage.pass_time(60)
        await stage.desk.assign(stage.now)
        for each in await stage.episodes.latest(NOON - timedelta(days=1), 10_000):
            lines = [one for one in await stage.history.timeline(each.contact_id, limit=10_000) if one.ref == each.id]
            told = Counter(one.kind for one in lines)
            assert told[Kind.CONVERSATION_OPENED] == 1
            assert told[Kind.CONVERSATION_CLOSED] == (not each.is_open)
            if not each.is_open:
                assert [task for task in each.handoffs if await stage.tasks.is_open(task)] == []  # type: ignore[arg-type]


@pytest.mark.parametrize("bounded", [True, False])
def test_whatever_happens_at_once_the_desk_is_in_order(mongo_uri: str, bounded: bool) -> None:
    with asyncio.Runner() as runner:
        database = runner.run(_connected(mongo_uri))
        machine = type("Machine", (DeskMachine,), {"runner": runner, "database": database, "bounded": bounded})
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=18,
                    stateful_step_count=20,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            database.close()


async def _connected(uri: str) -> Database:
    return Database.connect(uri, "test_rooms")


def test_the_machine_sees_who_is_forgotten() -> None:
    wait = Episode(
        id=EpisodeId("e"),
        key="k",
        contact_id=CONTACTS[0],
        cause=Cause.ASKED,
        reason="",
        opened_at=NOON,
        opened_by="patient",
        latest_at=NOON,
        waiting_since=NOON,
    )
    idle, later = replace(wait, waiting_since=None), replace(wait, waiting_since=NOON + timedelta(seconds=1))
    asks = Deed(what="hear", contact=CONTACTS[0], by=PEOPLE[0], to=PEOPLE[0], flag=False, number=1)
    answers = replace(asks, what="answer")
    DeskMachine.look_at_wait(wait, wait, [asks])
    DeskMachine.look_at_wait(idle, later, [asks])
    DeskMachine.look_at_wait(wait, None, [asks, answers])
    DeskMachine.look_at_wait(replace(idle, counted=(asks.line,)), idle, [asks])
    for before, after in ((wait, idle), (wait, later), (wait, None), (idle, idle)):
        with pytest.raises(AssertionError):
            DeskMachine.look_at_wait(before, after, [asks])


def test_the_machine_sees_a_desk_out_of_order() -> None:
    """The checks above can fail."""
    machine = DeskMachine.__new__(DeskMachine)
    ill = Episode(
        id="e",  # type: ignore[arg-type]
        key="k",
        contact_id=CONTACTS[0],
        cause=Cause.ASKED,
        reason="",
        opened_at=NOON,
        opened_by="patient",
        latest_at=NOON,
        waiting_since=NOON,
    )
    machine.look_at_one(ill)
    for wrong in (
        replace(ill, owner=AccountId("a")),
        replace(ill, waiting_since=None),
        replace(ill, state=EpisodeState.ASSIGNED),
        replace(ill, state=EpisodeState.CLOSED),
        replace(ill, counted=("m", "m"), unread=1),
        replace(ill, unread=1),
    ):
        assert wrong.state in {*OPEN, EpisodeState.CLOSED}
        with pytest.raises(AssertionError):
            machine.look_at_one(wrong)
