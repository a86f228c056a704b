"""The chat desk over a real mongod: how an episode begins, who takes it, and that one wins of many."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.auditing import NOBODY, entries
from tests.conftest import ManualClock
from tests.desks import ALWAYS, BOSS, A, B, C, Stage, agent, set_stage
from tests.store.desk_talks import ANN, ended, handover, lines, taken
from wxbot.conversations.episodes.waiting import tone_of
from wxbot.conversations.models import (
    AgentStatus,
    Cause,
    Episode,
    EpisodeState,
    Priority,
    Snooze,
)
from wxbot.conversations.rules import DeskRules
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, StaleError
from wxbot.history.models import ContactId, Kind
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError

MANY = 20


@pytest.fixture
async def stage(database: Database, clock: ManualClock) -> Stage:
    return await set_stage(database, clock)


# -- opening ------------------------------------------------------------------------------------------------------


async def test_one_cause_opens_one_episode_however_often_it_is_told(stage: Stage) -> None:
    every = await asyncio.gather(*(stage.asks("ann", key="k") for _ in range(MANY)))
    assert len({each.id for each in every}) == 1
    assert await lines(stage) == [Kind.CONVERSATION_OPENED]


async def test_many_causes_at_once_join_one_episode(stage: Stage) -> None:
    every = await asyncio.gather(*(stage.asks("ann", key=f"k{number}") for number in range(MANY)))
    assert len({each.id for each in every}) == 1
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert set(kept.keys) == {f"k{number}" for number in range(MANY)}


async def test_a_cause_of_an_ended_episode_opens_nothing_when_it_is_told_again(stage: Stage) -> None:
    first = await taken(stage)
    await ended(stage, first)
    again = await stage.desk.open(key=first.key, contact_id=ANN, cause=Cause.ASKED, reason="", words="", now=stage.now)
    assert (again.id, again.state) == (first.id, EpisodeState.CLOSED)


async def test_the_contact_is_marked_before_the_episode_is_kept(stage: Stage) -> None:
    episode = await stage.asks("ann")
    assert stage.marks.marked == [("ann", episode.id)]


async def test_a_danger_sign_raises_the_class_of_an_open_episode(stage: Stage) -> None:
    await stage.asks("ann", key="1")
    stage.pass_time(10)
    after = await stage.asks("ann", key="2", cause=Cause.DANGER, words="流血不止")
    assert (after.priority, after.preview) == (Priority.URGENT, "流血不止")
    assert after.waiting_since == stage.now - timedelta(seconds=10)


async def test_words_of_high_intent_come_before_others(database: Database, clock: ManualClock) -> None:
    stage = await set_stage(database, clock, DeskRules(hours=ALWAYS, high_intent=("一侧输卵管能怀孕吗",)))
    await stage.asks("bob", words="你好")
    stage.pass_time(1)
    await stage.asks("ann", words="一侧 输卵管 能怀孕吗？")
    assert [each.contact_id for each in await stage.episodes.waiting(10)] == ["ann", "bob"]
    await stage.writes("bob", "l2", "那一侧输卵管能怀孕吗")
    found = {each.contact_id: (each.priority, each.intent) for each in await stage.episodes.waiting(10)}
    assert found == dict.fromkeys(("ann", "bob"), (Priority.HIGH_INTENT, "一侧输卵管能怀孕吗"))


async def test_fifty_asked_at_once_share_a_read(stage: Stage) -> None:
    for number in range(5):
        await stage.asks(f"c{number}")
    found = await asyncio.gather(*(stage.desk.of_contact(ContactId(f"c{number % 10}")) for number in range(50)))
    assert [each is not None for each in found] == [number % 10 < 5 for number in range(50)]


async def test_who_comes_back_after_the_end_is_a_new_talk_with_a_first_reply_of_its_own(stage: Stage) -> None:
    first = await taken(stage)
    await stage.answers("ann", "l1", A)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    await ended(stage, kept)
    stage.pass_time(3600)
    again = await stage.asks("ann", words="还有个问题")
    assert (again.id != first.id, again.first_reply_at, again.first_waited_at) == (True, None, stage.now)
    stage.pass_time(7)
    await stage.desk.take(again.id, by=A, now=stage.now)
    await stage.answers("ann", "l2", A)
    later = await stage.desk.of_contact(ANN)
    assert later is not None
    assert (later.first_reply_at, later.staff_at) == (stage.now, stage.now)
    before = await stage.episodes.by_id(first.id)
    assert before is not None
    assert before.first_reply_at == stage.now - timedelta(seconds=3607)


# -- words --------------------------------------------------------------------------------------------------------


async def test_a_line_counts_once(stage: Stage) -> None:
    await taken(stage)
    for _ in range(3):
        await stage.writes("ann", "m:2")
    await asyncio.gather(*(stage.writes("ann", f"m:{number}") for number in range(3, 13)))
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert kept.unread == 1 + 1 + 10  # the first words, the second line, ten at once


async def test_a_polite_closer_opens_no_clock(stage: Stage) -> None:
    await taken(stage)
    await stage.answers("ann", "o:1", A)
    kept = await stage.writes("ann", "m:2", "好的谢谢", polite=True)
    assert kept is not None
    assert (kept.waiting_since, kept.next_rung_at, kept.unread) == (None, None, 2)


async def test_the_first_answer_is_noted_and_stops_the_clock(stage: Stage) -> None:
    asked = (await taken(stage)).opened_at
    stage.pass_time(20)
    await stage.answers("ann", "o:1", A)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert (kept.first_waited_at, kept.first_reply_at, kept.waiting_since) == (asked, stage.now, None)
    assert (kept.next_rung_at, kept.preview_by) == (None, "staff:a")


async def test_an_answer_told_late_does_not_end_a_wait_that_began_after_it(stage: Stage) -> None:
    await taken(stage)
    await stage.answers("ann", "o:1", A)
    left = stage.now
    stage.pass_time(5)
    await stage.writes("ann", "m:2")
    await stage.desk.answered(ANN, line_id="o:0", words="您好", by=A.by, now=left)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert (kept.waiting_since, kept.preview) == (stage.now, "在吗")


async def test_please_wait_must_be_followed_and_saying_it_again_gains_no_time(stage: Stage) -> None:
    await taken(stage)
    await stage.answers("ann", "o:1", A, "请稍等")
    due = stage.now + stage.rules.hold_limit
    stage.pass_time(60)
    await stage.answers("ann", "o:2", A, "您请稍等")
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert (kept.hold_since, kept.next_rung_at) == (stage.now - timedelta(seconds=60), due)
    await stage.answers("ann", "o:3", A, "医生说可以明天上午来复查")
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert (kept.hold_since, kept.next_rung_at) == (None, None)


# -- taking -------------------------------------------------------------------------------------------------------


async def test_of_many_who_take_the_head_exactly_one_has_it(stage: Stage) -> None:
    people = [agent(each) for each in "abcde"]
    episode = await stage.asks("ann")
    results = await asyncio.gather(
        *(stage.desk.take(episode.id, by=each, now=stage.now) for each in people * 4), return_exceptions=True
    )
    winners = {each.owner for each in results if isinstance(each, Episode)}
    assert len(winners) == 1
    losers = [each for each in results if not isinstance(each, Episode)]
    told = {StaleError, NotNowError, FieldErrors}  # the last where the queue was already without it: out of turn
    assert {type(each) for each in losers} <= told
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert {kept.owner} == winners
    assert (await lines(stage)).count(Kind.CONVERSATION_TAKEN) == 1


async def test_taking_it_again_changes_nothing(stage: Stage) -> None:
    first = await taken(stage)
    assert await stage.desk.take(first.id, by=A, now=stage.now) == first


async def test_out_of_turn_needs_a_reason_and_is_audited(stage: Stage, database: Database) -> None:
    await stage.asks("bob")
    stage.pass_time(1)
    episode = await stage.asks("ann")
    with pytest.raises(FieldErrors, match="请写明原因"):
        await stage.desk.take(episode.id, by=A, now=stage.now)
    assert await entries(database) == []
    await stage.desk.take(episode.id, reason="刚打过电话", by=A, now=stage.now)
    [entry] = await entries(database)
    assert (entry.action, entry.reason) == ("conversation:jumped", "刚打过电话")


async def test_in_turn_needs_no_reason_and_is_not_audited(stage: Stage, database: Database) -> None:
    episode = await stage.asks("ann")
    await stage.desk.take(episode.id, by=A, now=stage.now)
    assert await entries(database) == []


async def test_what_is_offered_to_a_colleague_is_not_the_head_for_others(stage: Stage) -> None:
    episode = await stage.asks("ann")
    await stage.available(B)
    await stage.desk.assign(stage.now)
    with pytest.raises(FieldErrors):
        await stage.desk.take(episode.id, by=A, now=stage.now)
    assert (await stage.desk.take(episode.id, by=B, now=stage.now)).owner == "b"


async def test_the_head_needs_capacity(stage: Stage) -> None:
    for number in range(stage.rules.capacity):
        await taken(stage, f"c{number}")
    episode = await stage.asks("ann")
    with pytest.raises(NotNowError, match="已经满了"):
        await stage.desk.take(episode.id, by=A, now=stage.now)
    assert (await stage.desk.take(episode.id, reason="只问一句", by=A, now=stage.now)).owner == "a"


async def test_who_is_in_training_takes_and_starts_nothing(stage: Stage) -> None:
    await stage.presence.begin_training(AccountId("a"))
    episode = await stage.asks("ann")
    for attempt in (
        stage.desk.take(episode.id, by=A, now=stage.now),
        stage.desk.start(ContactId("bob"), by=A, now=stage.now),
    ):
        with pytest.raises(NotNowError, match="练习"):
            await attempt


async def test_nobody_without_the_right_does_anything(stage: Stage) -> None:
    episode = await stage.asks("ann")
    for attempt in (
        stage.desk.take(episode.id, by=NOBODY, now=stage.now),
        stage.desk.start(ANN, by=NOBODY, now=stage.now),
        stage.desk.refuse(episode.id, by=NOBODY, now=stage.now),
        stage.desk.get(episode.id, by=NOBODY),
        stage.desk.take_over(episode.id, reason="x", by=A, now=stage.now),
        stage.desk.unstick(episode.id, reason="x", by=A, now=stage.now),
        stage.desk.hand_over(episode.id, handover(B), revision=0, by=NOBODY, now=stage.now),
        ended(stage, episode, NOBODY),
        stage.presence.set_status(AgentStatus.AVAILABLE, by=NOBODY, now=stage.now),
    ):
        with pytest.raises(ForbiddenError):
            await attempt


# -- beginning a talk ---------------------------------------------------------------------------------------------


async def test_a_colleague_begins_a_talk_and_nobody_waits(stage: Stage) -> None:
    episode = await stage.desk.start(ANN, by=A, now=stage.now)
    assert (episode.state, episode.owner, episode.waiting_since) == (EpisodeState.ASSIGNED, "a", None)
    assert sorted(await lines(stage)) == [Kind.CONVERSATION_OPENED, Kind.CONVERSATION_TAKEN]
    assert await stage.desk.start(ANN, by=A, now=stage.now) == episode


async def test_of_many_who_begin_at_once_one_has_it(stage: Stage) -> None:
    people = [agent(each) for each in "abcde"]
    results = await asyncio.gather(
        *(stage.desk.start(ANN, by=each, now=stage.now) for each in people), return_exceptions=True
    )
    assert len([each for each in results if isinstance(each, Episode)]) == 1
    assert all(isinstance(each, StaleError) for each in results if not isinstance(each, Episode))


async def test_beginning_joins_what_waits(stage: Stage, database: Database) -> None:
    await stage.asks("bob")
    stage.pass_time(1)
    waiting = await stage.asks("ann")
    episode = await stage.desk.start(ANN, by=A, now=stage.now)
    assert (episode.id, episode.owner) == (waiting.id, "a")
    assert [each.action for each in await entries(database)] == ["conversation:jumped"]


async def test_nobody_begins_with_an_unknown_contact(stage: Stage) -> None:
    stage.marks.unknown.add("ann")
    with pytest.raises(NotFoundError):
        await stage.desk.start(ANN, by=A, now=stage.now)


# -- a supervisor -------------------------------------------------------------------------------------------------


async def test_a_supervisor_takes_over_with_a_reason_that_is_audited(stage: Stage, database: Database) -> None:
    episode = await taken(stage)
    with pytest.raises(FieldErrors):
        await stage.desk.take_over(episode.id, reason=" ", by=BOSS, now=stage.now)
    after = await stage.desk.take_over(episode.id, reason="投诉升级", by=BOSS, now=stage.now)
    assert (after.owner, after.state) == ("boss", EpisodeState.ASSIGNED)
    entry = (await entries(database, "conversation:taken_over"))[0]
    assert [(each.old, each.new) for each in entry.changes] == [("客服a", "主管")]


async def test_of_a_colleagues_episode_the_others_can_do_nothing(stage: Stage) -> None:
    episode = await taken(stage)
    for attempt in (
        ended(stage, episode, B),
        stage.desk.hand_over(episode.id, handover(C), revision=episode.revision, by=B, now=stage.now),
        stage.desk.snooze(episode.id, Snooze(until=stage.now + timedelta(hours=1), why="等片子"), by=B, now=stage.now),
    ):
        await stage.available(C)
        with pytest.raises(NotNowError, match="同事接待"):
            await attempt


@pytest.mark.parametrize("state", ["waiting", "offered", "assigned", "snoozed"])
async def test_a_supervisor_frees_what_is_stuck_in_any_state(stage: Stage, database: Database, state: str) -> None:
    await stage.asks("bob")
    stage.pass_time(30)
    episode = await stage.asks("ann") if state in {"waiting", "offered"} else await taken(stage)
    if state == "offered":
        await stage.available(A)
        await stage.desk.assign(stage.now)
    if state == "snoozed":
        snooze = Snooze(until=stage.now + timedelta(hours=1), why="等片子")
        await stage.desk.snooze(episode.id, snooze, by=A, now=stage.now)
    after = await stage.desk.unstick(episode.id, reason="卡住了", by=BOSS, now=stage.now)
    assert (after.state, after.owner, after.offer, after.snooze) == (EpisodeState.WAITING, None, None, None)
    assert [each.reason for each in await entries(database, "conversation:unstuck")] == ["卡住了"]
    assert (await stage.desk.take(episode.id, reason="接", by=B, now=stage.now)).owner == "b"


async def test_what_was_answered_and_is_freed_stands_at_the_head(stage: Stage) -> None:
    episode = await taken(stage)
    stage.pass_time(5)
    await stage.answers("ann", "o:1", A)
    await stage.asks("bob")
    await stage.desk.unstick(episode.id, reason="卡住了", by=BOSS, now=stage.now)
    assert [each.contact_id for each in await stage.episodes.waiting(10)] == ["ann", "bob"]


async def test_a_supervisor_who_reads_leaves_it_unread(stage: Stage) -> None:
    episode = await taken(stage)
    assert (await stage.desk.seen(episode.id, by=BOSS, now=stage.now)).unread == 1
    seen = await stage.desk.seen(episode.id, by=A, now=stage.now)
    assert (seen.unread, seen.revision) == (0, episode.revision)  # so that a page opened before can still close it


async def test_a_write_of_what_was_read_before_another_write_is_refused(stage: Stage) -> None:
    episode = await stage.asks("ann")
    await stage.writes("ann", "m:2")
    assert await stage.episodes.replace(episode, replace(episode, nudges=1)) is None


# -- beginning a talk (A0-39) -------------------------------------------------------------------------------------


async def test_who_has_no_room_begins_no_talk_and_can_when_one_is_over(stage: Stage) -> None:
    begun = [
        await stage.desk.start(ContactId(f"c{number}"), by=A, now=stage.now) for number in range(stage.rules.capacity)
    ]
    with pytest.raises(NotNowError, match="已经满了"):
        await stage.desk.start(ANN, by=A, now=stage.now)
    assert await stage.desk.of_contact(ANN) is None
    again = await stage.desk.start(begun[0].contact_id, by=A, now=stage.now)  # theirs already
    assert again.id == begun[0].id
    await ended(stage, begun[0])
    assert (await stage.desk.start(ANN, by=A, now=stage.now)).owner == "a"


async def test_a_greeting_is_no_reply_and_the_clock_of_the_first_one_runs_on_the_answer(stage: Stage) -> None:
    await stage.desk.start(ANN, by=A, now=stage.now)
    await stage.answers("ann", "l1", A)
    greeted = await stage.desk.of_contact(ANN)
    assert greeted is not None
    assert (greeted.first_reply_at, greeted.staff_at, greeted.waiting_since) == (None, stage.now, None)
    stage.pass_time(60)
    heard = await stage.writes("ann", "l2", "我想问问价格")
    assert heard is not None
    assert (heard.first_waited_at, heard.waiting_since, heard.first_reply_at) == (stage.now, stage.now, None)
    assert tone_of(heard, stage.rules.first_reply, stage.rules) == "late"  # 30 s, not the 120 of later answers
    stage.pass_time(20)
    await stage.answers("ann", "l3", A)
    answered = await stage.desk.of_contact(ANN)
    assert answered is not None
    assert answered.first_reply_at == stage.now
