"""What the desk does by the clock, over a real mongod: rungs, snoozes, silent patients, promises; each thing once."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import ManualClock
from tests.desks import ALWAYS, A, B, Stage, set_stage
from wxbot.actors import SYSTEM
from wxbot.clinic.models import Block, Clinic, Closure, Weekday
from wxbot.clinic.ports import LiveClinic
from wxbot.conversations.episodes.signing_off import HandoverNote, SigningOff
from wxbot.conversations.escalation.promise_alarms import PromiseAlarms
from wxbot.conversations.escalation.promises import Promises, PromiseState
from wxbot.conversations.escalation.rungs import Escalation
from wxbot.conversations.escalation.silent_patients import SilentPatients
from wxbot.conversations.escalation.stores.promises import PromiseStore
from wxbot.conversations.escalation.stores.silent import SilentEpisodeStore
from wxbot.conversations.models import Cause, EndingKind, Episode, EpisodeState, Handover, Snooze, SnoozeWake
from wxbot.conversations.replies.answer_news import AnswerNews
from wxbot.conversations.rules import DeskRules, Rung
from wxbot.conversations.states import SUPERVISE
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, StaleError
from wxbot.history.models import ContactId
from wxbot.outbox.models import Message, Rights, State
from wxbot.outbox.service import Outbox
from wxbot.staff.models import AccountId

ANN, BEN = ContactId("ann"), ContactId("ben")
ZONE = ZoneInfo("Asia/Shanghai")
RULES = DeskRules(hours=ALWAYS, hold_words=("请稍等",))
LADDER = tuple(each.name for each in RULES.ladder)
CLINIC = Clinic(name="", address="", phone="", privacy_contact="", timezone=ZONE, visit_types=(), practitioners=())


@dataclass
class Reach:
    """Colleagues who bound a WeChat, and what they were told, once per talk, wait and rung."""

    bound: dict[str, set[str]] = field(default_factory=lambda: {"boss": {SUPERVISE}})
    told: list[tuple[str, str]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    away: bool = False

    async def reached_on_wechat(self, permission: str) -> Mapping[AccountId, str]:
        found = {each: held for each, held in self.bound.items() if permission in held or permission != SUPERVISE}
        return {AccountId(each): f"o-{each}" for each in found}

    async def tell_of_waiting(
        self,
        episode: Episode,
        accounts: Collection[AccountId],
        words: str,
        now: datetime,  # noqa: ARG002 - as the port
    ) -> int:
        if self.away:
            raise ConnectionError("the database of messages is away")
        new = 0
        for each in sorted(accounts):
            key = f"{episode.id}/{episode.waiting_since}/{episode.rungs[-1]}/{each}"
            if key not in self.keys:
                self.keys.add(key)
                self.told.append((each, words))
                new += 1
        return new


@dataclass
class Outgoing:
    """An outbox that delivers at once."""

    messages: dict[str, Message] = field(default_factory=dict)
    left: int = 5
    becomes: State = State.ACCEPTED
    until: datetime = datetime(2030, 1, 1, tzinfo=ZONE)

    message = staticmethod(Outbox.message)

    @property
    def rights(self) -> "Outgoing":
        return self

    async def of(self, contact_id: ContactId) -> Rights:
        return Rights(contact_id=contact_id, customer_left=self.left, customer_until=self.until)

    async def enqueue(self, messages: Sequence[Message]) -> int:
        new = [each for each in messages if each.key not in self.messages]
        self.messages |= {each.key: replace(each, state=self.becomes) for each in new}
        return len(new)

    async def by_keys(self, keys: Collection[str]) -> Mapping[str, Message]:
        return {key: self.messages[key] for key in keys if key in self.messages}

    async def of_contacts(
        self, contact_ids: Collection[ContactId], states: Collection[State], limit: int
    ) -> list[Message]:
        wanted = [each for each in self.messages.values() if each.contact_id in contact_ids and each.state in states]
        return wanted[:limit]

    @property
    def templates(self) -> list[str]:
        return [each.template for each in self.messages.values()]


class Changing:
    """A clinic whose settings change."""

    def __init__(self) -> None:
        self.current = CLINIC


@dataclass
class Night:
    """The desk with everything that happens by the clock."""

    stage: Stage
    escalation: Escalation
    silent: SilentPatients
    promises: Promises
    news: AnswerNews
    signing_off: SigningOff
    reach: Reach
    outgoing: Outgoing
    clinics: Changing

    @property
    def now(self) -> datetime:
        return self.stage.now

    async def run(self, after: float = 0) -> Mapping[str, int]:
        self.stage.pass_time(after)
        return await self.escalation.run(self.now)

    async def taken(self, contact: ContactId = ANN) -> Episode:
        episode = await self.stage.asks(contact)
        return await self.stage.desk.take(episode.id, reason="熟人", by=A, now=self.now)

    async def answered(self, words: str = "您好，请讲", contact: ContactId = ANN, line: str = "") -> None:
        name = line or f"s:{self.now.timestamp()}"
        await self.news.answered(contact, line_id=name, words=words, by=A.by, now=self.now)

    async def episode(self, contact: ContactId = ANN) -> Episode:
        found = await self.stage.desk.of_contact(contact)
        assert found is not None
        return found


async def open_night(
    database: Database, clock: ManualClock, rules: DeskRules = RULES, beside: Night | None = None
) -> Night:
    """`beside`: a second process on the same desk."""
    stage = beside.stage if beside else await set_stage(database, clock, rules)
    reach, outgoing = (beside.reach, beside.outgoing) if beside else (Reach(), Outgoing())
    clinics = beside.clinics if beside else Changing()
    live = cast("LiveClinic", clinics)
    kept, silence = PromiseStore(database), SilentEpisodeStore(database)
    await database.create_indexes([kept, silence])
    promises = Promises(kept, clinics=live, rules=rules)
    silent = SilentPatients(
        silence,
        episodes=stage.episodes,
        desk=stage.desk,
        promises=promises,
        outbox=cast("Outbox", outgoing),
        clinics=live,
        rules=rules,
    )
    alarms = PromiseAlarms(promises, episodes=stage.episodes, desk=stage.desk, staff=reach, reach=reach, clinics=live)
    escalation = Escalation(
        episodes=stage.episodes,
        desk=stage.desk,
        silent=silent,
        promises=alarms,
        staff=reach,
        reach=reach,
        clinics=live,
        rules=rules,
    )
    news, signing_off = AnswerNews(stage.desk, promises), SigningOff(stage.desk, promises)
    return Night(stage, escalation, silent, promises, news, signing_off, reach, outgoing, clinics)


@pytest.fixture
async def night(database: Database, clock: ManualClock) -> Night:
    return await open_night(database, clock)


# -- the ladder ---------------------------------------------------------------------------------------------------


async def test_every_rung_fires_once_in_a_wait(night: Night) -> None:
    """FreeScout #3762 fired only the first of several alarms."""
    await night.stage.asks("ann")
    fired = [(await night.run(after=1)).get("rung", 0) for _ in range(400)]
    assert sum(fired) == len(LADDER)
    assert [number + 1 for number, each in enumerate(fired) if each] == [30, 60, 120, 300]
    assert (await night.episode()).rungs == LADDER
    assert [who for who, _ in night.reach.told] == ["boss"]


async def test_of_many_processes_one_fires_each_rung(database: Database, clock: ManualClock, night: Night) -> None:
    others = [await open_night(database, clock, beside=night) for _ in range(4)]
    for number in range(5):
        await night.stage.asks(f"c{number}")
    for _ in range(14):
        night.stage.pass_time(25)
        await asyncio.gather(*(each.run() for each in (night, *others)))
    for number in range(5):
        assert (await night.episode(ContactId(f"c{number}"))).rungs == LADDER
    assert len(night.reach.told) == 5
    assert all("已等" in words for _, words in night.reach.told)


async def test_a_service_that_stood_still_fires_what_it_missed_and_nothing_twice(
    database: Database, clock: ManualClock, night: Night
) -> None:
    await night.stage.asks("ann")
    assert (await night.run(after=3600))["rung"] == len(LADDER)
    after_a_restart = await open_night(database, clock, beside=night)
    assert await after_a_restart.run(after=60) == {}
    assert len(night.reach.told) == 1


async def test_colleagues_are_told_before_the_rung_is_written_down(night: Night) -> None:
    await night.stage.asks("ann")
    await night.run(after=120)
    night.reach.away = True
    assert (await night.run(after=180))["failed"] == 1
    assert "wechat" not in (await night.episode()).rungs
    night.reach.away = False
    assert (await night.run(after=1))["rung"] == 1
    assert len(night.reach.told) == 1


async def test_one_that_fails_keeps_no_other_waiting(night: Night) -> None:
    for contact in ("ann", "ben"):
        await night.stage.asks(contact)
    night.reach.away = True
    await night.run(after=301)
    night.reach.away = False
    assert (await night.run(after=1))["rung"] == 2 * len(LADDER)


async def test_the_next_wait_climbs_again(night: Night) -> None:
    await night.taken()
    await night.run(after=400)
    await night.answered()
    assert (await night.episode()).rungs == ()
    assert await night.run(after=60) == {}
    await night.stage.writes("ann", "m:2", "还在吗？", question=True)
    await night.run(after=400)
    assert (await night.episode()).rungs == LADDER
    assert len(night.reach.told) == 2


async def test_a_polite_closer_rings_nowhere(night: Night) -> None:
    """Field traps 1.2, row 1: the eternal goodbye."""
    await night.taken()
    await night.answered()
    await night.stage.writes("ann", "m:2", "好的谢谢", polite=True)
    assert await night.run(after=3600) == {}
    assert (await night.episode()).waiting_since is None


async def test_lunch_is_no_wait(database: Database, clock: ManualClock) -> None:
    hours = tuple(
        Block(day=day, start=start, end=end)
        for day in Weekday
        for start, end in ((time(8), time(10, 1)), (time(13, 30), time(18)))
    )
    night = await open_night(database, clock, replace(RULES, hours=hours))  # it is ten o'clock
    await night.stage.asks("ann")
    assert (await night.run(after=60))["rung"] == 2
    assert await night.run(after=3 * 3600) == {}
    assert (await night.run(after=30 * 60))["rung"] == 1  # 13:31:00, after two minutes at the desk
    assert await night.run(after=179) == {}
    assert (await night.run(after=1))["rung"] == 1


async def test_a_clinic_that_closes_stops_the_ladder_at_once(night: Night) -> None:
    await night.stage.asks("ann")
    await night.run(after=10)
    today = night.now.astimezone(ZONE).date()
    night.clinics.current = replace(CLINIC, closures=(Closure(first=today, last=today, reason="停电"),))
    assert await night.run(after=600) == {}
    night.clinics.current = CLINIC
    assert (await night.run(after=1))["rung"] == len(LADDER)


async def test_a_policy_change_after_a_restart_counts_from_the_same_facts(
    database: Database, clock: ManualClock, night: Night
) -> None:
    """Field traps 1.2, row 2."""
    await night.stage.asks("ann")
    await night.run(after=40)
    quicker = replace(RULES, ladder=(RULES.ladder[0], Rung(name="all", after=timedelta(seconds=45), tell=("desk",))))
    restarted = await open_night(database, clock, quicker, beside=night)
    assert await restarted.run(after=4) == {}
    assert (await restarted.run(after=1))["rung"] == 1
    assert (await night.episode()).rungs == ("owner", "all")


async def test_please_wait_is_followed_or_it_rings(night: Night) -> None:
    await night.taken()
    await night.answered("请稍等")
    assert await night.run(after=119) == {}
    assert (await night.run(after=1))["rung"] == 1
    assert (await night.episode()).rungs == ("hold",)
    assert (await night.run(after=120))["rung"] == 1
    await night.answered("查到了，是周三")
    assert await night.run(after=150) == {}


async def test_without_a_supervisor_on_wechat_the_whole_desk_is_told(night: Night) -> None:
    night.reach.bound = {"a": set(), "b": set()}
    await night.stage.asks("ann")
    await night.run(after=301)
    assert [who for who, _ in night.reach.told] == ["a", "b"]


# -- snoozes ------------------------------------------------------------------------------------------------------


async def snoozed(night: Night, seconds: float, wakes: SnoozeWake = SnoozeWake.REPLY) -> Episode:
    episode = await night.taken()
    await night.answered()
    snooze = Snooze(until=night.now + timedelta(seconds=seconds), why="等片子", wakes=wakes)
    return await night.stage.desk.snooze(episode.id, snooze, by=A, now=night.now)


async def test_a_snoozed_one_wakes_on_time_and_once(database: Database, clock: ManualClock, night: Night) -> None:
    await snoozed(night, 600)
    assert await night.run(after=599) == {}
    other = await open_night(database, clock, beside=night)
    night.stage.pass_time(1)
    counts = await asyncio.gather(night.run(), other.run())
    assert sum(each.get("woken", 0) for each in counts) >= 1
    assert (await night.episode()).state is EpisodeState.ASSIGNED


async def test_a_snooze_survives_thanks_and_wakes_on_a_question(night: Night) -> None:
    """Field traps 1.1, row 16."""
    await snoozed(night, 6000, SnoozeWake.QUESTION)
    await night.stage.writes("ann", "m:2", "谢谢", polite=True)
    assert (await night.episode()).state is EpisodeState.SNOOZED
    await night.stage.writes("ann", "m:3", "几点能看？", question=True)
    assert (await night.episode()).state is EpisodeState.ASSIGNED


async def test_a_snoozed_one_is_never_nudged_or_closed(night: Night) -> None:
    """Field traps 1.2, row 4."""
    await snoozed(night, 5 * 86_400)
    for _ in range(60):
        assert await night.run(after=3600) == {}
    assert night.outgoing.messages == {}
    assert (await night.episode()).state is EpisodeState.SNOOZED


# -- silent patients ----------------------------------------------------------------------------------------------


async def test_two_nudges_and_then_the_patient_ended_it(night: Night) -> None:
    """A2-22; field traps 1.1, row 3."""
    episode = await night.taken()
    await night.answered()
    done = [(await night.run(after=60)) for _ in range(31)]
    assert [number + 1 for number, each in enumerate(done) if each.get("nudged")] == [3, 10]
    assert night.outgoing.templates == ["desk.nudge", "desk.nudge_again"]
    assert [number + 1 for number, each in enumerate(done) if each.get("closed")] == [30]
    closed = await night.stage.desk.get(episode.id, by=SYSTEM)
    assert closed.ending is not None
    assert (closed.ending.kind, closed.ending.by, len(closed.ending.evidence)) == (EndingKind.CLIENT, SYSTEM.by, 2)


async def test_a_patient_who_speaks_is_not_closed(night: Night) -> None:
    await night.taken()
    await night.answered()
    for _ in range(29):
        await night.run(after=60)
    await night.stage.writes("ann", "m:2", "还在的", question=False)
    await night.run(after=60)
    assert (await night.episode()).state is EpisodeState.ASSIGNED
    assert (await night.episode()).nudges == 0


async def test_a_nudge_leaves_only_while_nobody_has_spoken(night: Night) -> None:
    await night.taken()
    await night.answered()
    await night.run(after=180)
    (nudge,) = night.outgoing.messages.values()
    assert (await night.silent.verdicts([nudge]))[nudge.id].met
    await night.stage.writes("ann", "m:2", "在")
    assert not (await night.silent.verdicts([nudge]))[nudge.id].met


async def test_nobody_is_nudged_or_closed_while_something_is_promised(night: Night) -> None:
    await night.taken()
    await night.answered("我明天上午给您答复")
    for _ in range(40):
        await night.run(after=60)
    assert night.outgoing.messages == {}
    assert (await night.episode()).state is EpisodeState.ASSIGNED


async def test_a_nudge_leaves_a_reply_for_colleagues(night: Night) -> None:
    night.outgoing.left = 1
    await night.taken()
    await night.answered()
    for _ in range(60):
        assert await night.run(after=60) == {}
    assert (await night.episode()).state is EpisodeState.ASSIGNED, "nobody is left who was not asked"


async def test_a_nudge_that_did_not_arrive_is_no_question(night: Night) -> None:
    night.outgoing.becomes = State.DROPPED
    await night.taken()
    await night.answered()
    for _ in range(60):
        await night.run(after=60)
    assert (await night.episode()).state is EpisodeState.ASSIGNED


async def test_what_is_on_its_way_to_the_patient_comes_first(night: Night) -> None:
    night.outgoing.becomes = State.WAITING
    await night.taken()
    await night.answered()
    await night.run(after=200)
    for _ in range(60):
        assert await night.run(after=60) == {}
    assert len(night.outgoing.messages) == 1


async def test_many_processes_nudge_once(database: Database, clock: ManualClock, night: Night) -> None:
    others = [await open_night(database, clock, beside=night) for _ in range(4)]
    await night.taken()
    await night.answered()
    for _ in range(32):
        night.stage.pass_time(60)
        await asyncio.gather(*(each.run() for each in (night, *others)))
    assert len(night.outgoing.messages) == 2
    assert await night.stage.desk.of_contact(ANN) is None


# -- promises -----------------------------------------------------------------------------------------------------


async def test_a_promise_starts_when_it_was_sent_and_is_kept_with_one_key(night: Night) -> None:
    await night.taken()
    await night.answered("下午三点前回复您", line="s:1")
    await night.answered("下午三点前回复您", line="s:1")  # told again after a crash
    (promise,) = await night.promises.open_of(ANN)
    assert promise.due_at == night.now.astimezone(ZONE).replace(hour=15, minute=0, second=0, microsecond=0)
    assert (promise.made_by, promise.owner, promise.made_at) == (A.id, A.id, night.now)
    night.stage.pass_time(3600)
    await night.answered("医生说可以约周三")
    night.stage.pass_time(6 * 3600)
    kept = await night.promises.keep(promise.id, by=A, now=night.now)
    assert kept.state is PromiseState.KEPT, "it was answered in time and only marked later"
    with pytest.raises(StaleError):
        await night.promises.keep(promise.id, by=A, now=night.now)


async def test_answered_too_late_it_is_late(night: Night) -> None:
    await night.taken()
    await night.answered("半小时内给您回复", line="s:1")
    night.stage.pass_time(3600)
    await night.answered("不好意思久等了，是周三")
    assert (await night.promises.keep("s:1", by=A, now=night.now)).state is PromiseState.LATE


async def test_a_promise_said_twice_gains_no_time(night: Night) -> None:
    await night.taken()
    await night.answered("稍后回复您", line="s:1")
    night.stage.pass_time(600)
    await night.answered("稍后给您答复", line="s:2")
    assert [each.id for each in await night.promises.open_of(ANN)] == ["s:1"]


async def test_a_promise_is_told_of_before_and_when_it_is_due_and_then_it_is_broken(night: Night) -> None:
    await night.taken()
    await night.answered("半小时内给您回复", line="s:1")
    done: list[tuple[int, str]] = []
    for minute in range(1, 60):
        done += [(minute, name) for name in await night.run(after=60) if name.startswith("promise")]
    assert done == [(20, "promise_soon"), (30, "promise_late")]
    assert (await night.episode()).rungs == ("promise", "promise_late")
    assert sorted(who for who, _ in night.reach.told) == ["a", "boss"]
    assert (await night.run(after=86_400))["promise_broken"] == 1
    assert await night.promises.open_of(ANN) == []
    tally = await night.promises.tally(night.now - timedelta(days=3), night.now)
    assert tally == {"a": {PromiseState.BROKEN: 1}}


async def test_a_promise_outlives_its_talk_and_opens_it_again(night: Night) -> None:
    episode = await night.taken()
    await night.answered("下午三点前回复您", line="s:1")
    await night.stage.desk.unstick(episode.id, reason="试", by=SYSTEM, now=night.now)
    await night.stage.desk.end_by_patient(ANN, line_ids=(), now=night.now)
    assert await night.stage.desk.of_contact(ANN) is None
    night.stage.pass_time(4 * 3600 + 3000)
    assert (await night.run())["promise_soon"] == 1
    again = await night.episode()
    assert (again.cause, again.state) == (Cause.REQUEST, EpisodeState.WAITING)
    assert "15:00" in again.reason


async def test_many_processes_tell_of_a_promise_once(database: Database, clock: ManualClock, night: Night) -> None:
    others = [await open_night(database, clock, beside=night) for _ in range(4)]
    await night.taken()
    await night.answered("半小时内给您回复", line="s:1")
    night.stage.pass_time(1800)
    counts = await asyncio.gather(*(each.run() for each in (night, *others)))
    assert sum(each.get("promise_late", 0) for each in counts) == 1
    assert len(night.reach.told) == 2


async def test_a_promise_goes_with_the_talk(night: Night) -> None:
    """A2-41; field traps 1.1, row 24."""
    episode = await night.taken()
    await night.answered("下午三点前回复您", line="s:1")
    current = await night.episode()
    await night.stage.available(B)
    await night.stage.alive(B)
    handover = Handover(at=night.now, by=AccountId(A.id), to=AccountId(B.id), reason="下班", promised="三点前回复")
    await night.stage.desk.hand_over(episode.id, handover, revision=current.revision, by=A, now=night.now)
    await night.stage.desk.take(episode.id, by=B, now=night.now)
    await night.run(after=1)
    assert [each.id for each in await night.promises.owed_by(AccountId(B.id))] == ["s:1"]
    assert await night.promises.owed_by(AccountId(A.id)) == []


async def test_only_who_may_answer_marks_a_promise(night: Night) -> None:
    nobody = replace(A, permissions=frozenset())
    with pytest.raises(ForbiddenError):
        await night.promises.keep("s:1", by=nobody, now=night.now)


async def test_what_was_promised_is_erased_with_the_contact(night: Night) -> None:
    await night.taken()
    await night.answered("下午三点前回复您", line="s:1")
    assert await night.promises.erase([ANN]) == 1
    assert await night.promises.open_of(ANN) == []


# -- the end of a shift -------------------------------------------------------------------------------------------


async def test_signing_off_needs_a_note_for_each_open_chat(night: Night) -> None:
    """A0-18."""
    for contact in ("ann", "ben"):
        await night.taken(ContactId(contact))
    await night.answered("下午三点前回复您", contact=ANN)
    remaining = await night.signing_off.remaining(AccountId(A.id))
    assert ([each.contact_id for each in remaining.waiting], len(remaining.others), len(remaining.promises)) == (
        [BEN],
        1,
        1,
    )
    by_contact = {each.contact_id: each.id for each in remaining.episodes}
    note = HandoverNote(still_open="等医生看片子")
    with pytest.raises(FieldErrors) as error:
        await night.signing_off.hand_over_all({by_contact[ANN]: note}, reason="下班", by=A, now=night.now)
    assert list(error.value.fields) == [by_contact[BEN]]
    assert len(await night.stage.desk.owned_by(AccountId(A.id))) == 2
    notes = dict.fromkeys(by_contact.values(), note)
    done = await night.signing_off.hand_over_all(notes, reason="下班", by=A, now=night.now)
    assert (len(done.moved), done.refused) == (2, {})
    assert (await night.signing_off.remaining(AccountId(A.id))).episodes == ()
    for contact in (ANN, BEN):
        episode = await night.episode(contact)
        assert (episode.state, episode.owner) == (EpisodeState.WAITING, None)
        assert episode.handovers[-1].still_open == "等医生看片子"


async def test_a_transfer_to_a_silent_colleague_comes_back(night: Night) -> None:
    """Field traps 1.1, row 1."""
    episode = await night.taken()
    await night.answered()
    await night.stage.available(A, B)
    await night.stage.alive(A, B)
    current = await night.episode()
    handover = Handover(at=night.now, by=AccountId(A.id), to=AccountId(B.id), reason="B 熟悉")
    await night.stage.desk.hand_over(episode.id, handover, revision=current.revision, by=A, now=night.now)
    night.stage.pass_time(night.stage.rules.offer_for.total_seconds() + 1)
    await night.stage.alive(A, B)
    await night.stage.desk.assign(night.now)
    back = await night.episode()
    assert back.offer is None or back.offer.to == A.id
    assert back.owner in {None, A.id}


# -- parts --------------------------------------------------------------------------------------------------------


async def test_a_part_that_fails_stops_no_other_and_is_told(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    await night.stage.asks("ann")
    episode = await night.taken(BEN)
    await night.answered(contact=BEN)
    snooze = Snooze(until=night.now + timedelta(seconds=10), why="等片子")
    await night.stage.desk.snooze(episode.id, snooze, by=A, now=night.now)

    async def away(*_: object) -> list[Episode]:
        raise ConnectionError("away")

    monkeypatch.setattr(night.stage.episodes, "rungs_due", away)
    night.stage.pass_time(60)
    with pytest.raises(ConnectionError):
        await night.run()
    assert (await night.episode(BEN)).state is EpisodeState.ASSIGNED, "it woke all the same"
    monkeypatch.undo()
    assert (await night.run(after=1))["rung"] == 2
