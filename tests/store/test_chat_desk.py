"""The chat desk over a real mongod: who gets an episode, who keeps it, how it ends, and that one wins of many."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.auditing import NOBODY, entries
from tests.conftest import ManualClock
from tests.desks import ALWAYS, BOSS, NOON, A, B, C, Stage, agent, set_stage
from wxbot.actors import SYSTEM, Actor
from wxbot.conversations import changes
from wxbot.conversations.ladder import LOST
from wxbot.conversations.models import (
    AgentStatus,
    Cause,
    Ending,
    EndingKind,
    Episode,
    EpisodeState,
    Handover,
    Offer,
    Priority,
    Snooze,
    SnoozeWake,
)
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.waiting import tone_of
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, StaleError
from wxbot.followups.models import FollowUpKind
from wxbot.history.models import ContactId, Kind
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError

ANN = ContactId("ann")
MANY = 20


@pytest.fixture
async def stage(database: Database, clock: ManualClock) -> Stage:
    return await set_stage(database, clock)


def handover(to: Actor | None, reason: str = "我要去吃饭") -> Handover:
    return Handover(at=NOON, by=AccountId(""), to=AccountId(to.id) if to else None, reason=reason, asked="价格")


async def ended(stage: Stage, episode: Episode, by: Actor = A, kind: EndingKind = EndingKind.GREETING) -> Episode:
    ending = Ending(kind=kind, by=by.by, at=stage.now)
    return await stage.desk.close(episode.id, ending, note="说清楚了", revision=episode.revision, by=by, now=stage.now)


async def taken(stage: Stage, contact: str = "ann", by: Actor = A) -> Episode:
    episode = await stage.asks(contact)
    return await stage.desk.take(episode.id, reason="熟人", by=by, now=stage.now)


async def lines(stage: Stage) -> list[Kind]:
    return [each.kind for each in await stage.history.timeline(ANN)]


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
    assert {type(each) for each in losers} <= {StaleError, NotNowError}
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


# -- offers -------------------------------------------------------------------------------------------------------


async def test_a_sign_of_life_makes_nobody_available(stage: Stage) -> None:
    await stage.alive(A)
    await stage.asks("ann")
    assert await stage.desk.assign(stage.now) == 0
    await stage.available(A)
    assert await stage.desk.assign(stage.now) == 1
    assert await stage.desk.assign(stage.now) == 0


async def test_an_offer_that_is_missed_moves_on_and_two_in_a_row_pause(stage: Stage) -> None:
    await stage.available(A, B)
    await stage.asks("ann")
    await stage.desk.assign(stage.now)
    seen = []
    for _ in range(4):
        kept = await stage.desk.of_contact(ANN)
        assert kept is not None
        seen.append(kept.offer.to if kept.offer else None)
        stage.pass_time(20)
        await stage.alive(A, B)
        await stage.desk.assign(stage.now)
    assert seen[:2] in (["a", "b"], ["b", "a"])
    stage.pass_time(60)
    for _ in range(4):
        await stage.alive(A, B)
        await stage.desk.assign(stage.now)
        stage.pass_time(20)
    people = await stage.presence.agents()
    assert {each: people[each].status for each in people} == {"a": AgentStatus.PAUSED, "b": AgentStatus.PAUSED}
    assert [people[each].missed_offers for each in people] == [2, 2]
    told = sorted((what, words) for _, what, words in stage.supervisors.told)
    assert [what for what, _ in told] == ["paused/a", "paused/b"]
    assert told[0][1].startswith("客服a连续 2 次没有接，已转为小休")


async def test_a_refused_offer_moves_on_and_is_no_miss(stage: Stage) -> None:
    await stage.available(A)
    episode = await stage.asks("ann")
    await stage.desk.assign(stage.now)
    after = await stage.desk.refuse(episode.id, by=A, now=stage.now)
    assert (after.offer, after.passed_over) == (None, ("a",))
    await stage.available(B)
    await stage.desk.assign(stage.now)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert kept.offer is not None
    assert kept.offer.to == "b"
    assert (await stage.presence.agent(AccountId("a"))).missed_offers == 0
    with pytest.raises(NotNowError, match="没有派给您"):
        await stage.desk.refuse(episode.id, by=A, now=stage.now)


async def test_when_all_have_passed_it_begins_again_after_a_rest(stage: Stage) -> None:
    await stage.available(A)
    episode = await stage.asks("ann")
    await stage.desk.assign(stage.now)
    await stage.desk.refuse(episode.id, by=A, now=stage.now)
    assert await stage.desk.assign(stage.now) == 0
    stage.pass_time(20)
    await stage.alive(A)
    assert await stage.desk.assign(stage.now) == 1


async def test_an_offer_to_somebody_who_left_moves_on_at_once(stage: Stage) -> None:
    await stage.available(A)
    await stage.asks("ann")
    await stage.desk.assign(stage.now)
    await stage.presence.set_status(AgentStatus.PAUSED, by=A, now=stage.now)
    await stage.available(B)
    await stage.desk.assign(stage.now)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert kept.offer is not None
    assert kept.offer.to == "b"
    assert (await stage.presence.agent(AccountId("a"))).missed_offers == 0


async def test_near_the_end_of_a_shift_nothing_new_is_offered(stage: Stage) -> None:
    stage.duty.ending.add("a")
    await stage.available(A)
    await stage.asks("ann")
    assert await stage.desk.assign(stage.now) == 0


async def test_a_returning_patient_goes_to_who_answered_last(stage: Stage) -> None:
    await ended(stage, await taken(stage, by=B), B)
    stage.pass_time(3600)
    await stage.available(A, B, C)
    again = await stage.asks("ann")
    assert (again.owner, again.preferred, again.first_reply_at) == (None, "b", None)  # a new one with its own clock
    await stage.desk.assign(stage.now)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert kept.offer is not None
    assert kept.offer.to == "b"


async def test_a_returning_patient_waits_for_nobody_who_is_away(stage: Stage) -> None:
    await ended(stage, await taken(stage, by=B), B)
    await stage.available(A)
    await stage.asks("ann")
    await stage.desk.assign(stage.now)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert kept.offer is not None
    assert kept.offer.to == "a"


async def test_closing_frees_the_owner(stage: Stage) -> None:
    await stage.available(A)
    first = [await taken(stage, f"c{number}") for number in range(stage.rules.capacity)]
    await stage.asks("ann")
    assert await stage.desk.assign(stage.now) == 0
    await ended(stage, first[0])
    assert await stage.desk.assign(stage.now) == 1


async def test_of_many_claims_on_ones_last_room_as_many_win_as_fit(stage: Stage) -> None:
    waiting = [await stage.asks(f"c{number}") for number in range(MANY)]
    offer = Offer(to=AccountId("a"), made_at=stage.now, until=stage.now)
    claims = await asyncio.gather(
        *(
            stage.episodes.claim(each, changes.offered(each, offer), AccountId("a"), stage.rules.capacity)
            for each in waiting
        )
    )
    assert sum(each.episode is not None for each in claims) == stage.rules.capacity
    assert all(each.full for each in claims if each.episode is None)


async def test_of_many_who_take_at_once_nobody_goes_beyond_their_capacity(stage: Stage) -> None:
    """One person clicks on many offers and heads in two windows; only what fits is theirs."""
    for number in range(MANY):
        await stage.asks(f"c{number}")
    waiting = await stage.episodes.waiting(100)
    for each in waiting[: stage.rules.capacity + 3]:
        with contextlib.suppress(NotNowError, FieldErrors):
            await stage.desk.take(each.id, by=A, now=stage.now)
    assert {each: sum(held) for each, held in (await stage.episodes.efforts()).items()} == {"a": stage.rules.capacity}


async def test_many_arrivals_and_many_processes_never_exceed_capacity(stage: Stage) -> None:
    people = [agent(each) for each in "abcde"]
    await stage.available(*people)
    await stage.presence.set_capacity(AccountId("e"), 2, by=BOSS)
    arrivals = [stage.asks(f"c{number}") for number in range(1000)]
    assigning = [stage.desk.assign(stage.now) for _ in range(8)]
    await asyncio.gather(*arrivals, *assigning)
    for _ in range(3):
        await asyncio.gather(*(stage.desk.assign(stage.now) for _ in range(4)))
    efforts = await stage.episodes.efforts()
    assert {each: sum(held) for each, held in efforts.items()} == {"a": 5, "b": 5, "c": 5, "d": 5, "e": 2}


# -- transfers and silence ----------------------------------------------------------------------------------------


async def test_a_transfer_is_an_offer_during_which_the_bot_is_silent(stage: Stage, database: Database) -> None:
    await stage.available(B)
    episode = await taken(stage)
    after = await stage.desk.hand_over(episode.id, handover(B), revision=episode.revision, by=A, now=stage.now)
    assert after.offer is not None
    assert (after.owner, after.offer.to, after.offer.handed_over_by) == (None, "b", "a")
    assert after.with_a_person
    assert [(each.by, each.to, each.asked) for each in after.handovers] == [("a", "b", "价格")]
    assert [each.reason for each in await entries(database, "conversation:handed_over")] == ["我要去吃饭"]
    got = await stage.desk.take(episode.id, by=B, now=stage.now)
    assert (got.owner, got.offer, got.handovers) == ("b", None, after.handovers)


async def test_a_transfer_to_a_silent_colleague_comes_back(stage: Stage) -> None:
    await stage.available(A, B)
    episode = await taken(stage)
    await stage.desk.hand_over(episode.id, handover(B), revision=episode.revision, by=A, now=stage.now)
    stage.pass_time(19)
    await stage.desk.assign(stage.now)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert kept.owner is None
    stage.pass_time(1)
    await stage.desk.assign(stage.now)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert (kept.owner, kept.state, kept.offer) == ("a", EpisodeState.ASSIGNED, None)


async def test_a_transfer_that_is_refused_comes_back(stage: Stage) -> None:
    await stage.available(A, B)
    episode = await taken(stage)
    await stage.desk.hand_over(episode.id, handover(B), revision=episode.revision, by=A, now=stage.now)
    assert (await stage.desk.refuse(episode.id, by=B, now=stage.now)).owner == "a"


async def test_a_transfer_comes_back_to_the_queue_when_its_giver_has_left(stage: Stage) -> None:
    await stage.available(A, B)
    episode = await taken(stage)
    await stage.desk.hand_over(episode.id, handover(B), revision=episode.revision, by=A, now=stage.now)
    await stage.presence.set_status(AgentStatus.AWAY, by=A, now=stage.now)
    stage.pass_time(20)
    await stage.desk.assign(stage.now)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert (kept.owner, kept.state, kept.offer) == (None, EpisodeState.WAITING, None)


async def test_a_transfer_needs_a_reason_and_somebody_who_is_there(stage: Stage) -> None:
    episode = await taken(stage)
    for to, reason, field in ((B, "x", "to"), (A, "x", "to"), (None, "", "reason")):
        with pytest.raises(FieldErrors) as refused:
            await stage.desk.hand_over(episode.id, handover(to, reason), revision=episode.revision, by=A, now=stage.now)
        assert list(refused.value.fields) == [field]


async def test_a_full_colleague_is_given_no_more_but_by_a_supervisor(stage: Stage) -> None:
    await stage.available(B)
    for number in range(stage.rules.capacity):
        await taken(stage, f"c{number}", B)
    episode = await taken(stage)
    with pytest.raises(FieldErrors, match="已经满了"):
        await stage.desk.hand_over(episode.id, handover(B), revision=episode.revision, by=A, now=stage.now)
    after = await stage.desk.hand_over(episode.id, handover(B), revision=episode.revision, by=BOSS, now=stage.now)
    assert after.offer is not None


async def test_handing_over_is_refused_when_the_patient_wrote_meanwhile(stage: Stage) -> None:
    episode = await taken(stage)
    await stage.writes("ann", "m:2")
    with pytest.raises(StaleError):
        await stage.desk.hand_over(episode.id, handover(None), revision=episode.revision, by=A, now=stage.now)


async def test_what_is_given_back_to_the_queue_is_offered_to_others_first(stage: Stage) -> None:
    await stage.available(A, B)
    episode = await taken(stage)
    after = await stage.desk.hand_over(episode.id, handover(None), revision=episode.revision, by=A, now=stage.now)
    assert (after.state, after.passed_over, after.waiting_since) == (EpisodeState.WAITING, ("a",), episode.opened_at)
    await stage.desk.assign(stage.now)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert kept.offer is not None
    assert kept.offer.to == "b"


async def test_what_is_taken_and_not_answered_goes_back_to_the_head(stage: Stage) -> None:
    await stage.available(A)
    await taken(stage)
    stage.pass_time(1)
    await stage.asks("bob")
    stage.pass_time(118)
    await stage.alive(A)
    await stage.desk.assign(stage.now)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert kept.owner == "a"
    stage.pass_time(1)
    await stage.desk.assign(stage.now)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert (kept.owner, kept.state, kept.passed_over) == (None, EpisodeState.WAITING, ("a",))
    assert (await stage.episodes.waiting(10))[0].contact_id == "ann"
    texts = [each.text for each in await stage.history.timeline(ANN)]
    assert "客服a 120 秒没有回复，放回待回复" in texts


async def test_a_talk_that_somebody_lost_is_told_to_supervisors_and_marked_until_it_is_answered(stage: Stage) -> None:
    await stage.available(A)
    await taken(stage)
    stage.pass_time(120)
    await stage.alive(A)
    for _ in range(2):
        await stage.desk.assign(stage.now)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert LOST in kept.rungs
    assert stage.supervisors.told == [("ann", "lost/a", "客服a没有回复，已放回待回复：有人吗")]
    again = await stage.desk.take(kept.id, reason="由我来", by=B, now=stage.now)
    await stage.answers("ann", "l9", B)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert (again.owner, kept.rungs) == ("b", ())


async def test_what_was_answered_stays_while_its_owner_is_there(stage: Stage) -> None:
    await stage.available(A)
    await taken(stage)
    await stage.answers("ann", "o:1", A)
    stage.pass_time(1)
    await stage.writes("ann", "m:2")
    stage.pass_time(300)
    await stage.alive(A)
    await stage.desk.assign(stage.now)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert kept.owner == "a"


async def test_an_owner_whose_console_is_gone_loses_who_waits(stage: Stage) -> None:
    await stage.available(A)
    await taken(stage)
    await stage.answers("ann", "o:1", A)
    stage.pass_time(1)
    await stage.writes("ann", "m:2")
    stage.pass_time(120)
    await stage.desk.assign(stage.now)
    kept = await stage.desk.of_contact(ANN)
    assert kept is not None
    assert (kept.owner, kept.state) == (None, EpisodeState.WAITING)


# -- later --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wakes", "words", "question", "state"),
    [
        (SnoozeWake.REPLY, "谢谢", False, EpisodeState.ASSIGNED),
        (SnoozeWake.QUESTION, "谢谢", False, EpisodeState.SNOOZED),
        (SnoozeWake.QUESTION, "片子好了吗", True, EpisodeState.ASSIGNED),
        (SnoozeWake.NEVER, "片子好了吗", True, EpisodeState.SNOOZED),
    ],
)
async def test_a_snooze_ends_by_its_rule(
    stage: Stage, wakes: SnoozeWake, words: str, question: bool, state: EpisodeState
) -> None:
    episode = await taken(stage)
    await stage.answers("ann", "o:1", A)
    snooze = Snooze(until=stage.now + timedelta(hours=1), why="等片子", wakes=wakes)
    await stage.desk.snooze(episode.id, snooze, by=A, now=stage.now)
    kept = await stage.writes("ann", "m:2", words, polite=not question, question=question)
    assert kept is not None
    assert kept.state is state
    assert (kept.next_rung_at is not None) == (question and state is EpisodeState.ASSIGNED)
    assert (kept.waiting_since is not None) == question  # a fact, though no clock rings while it is put off


async def test_a_snooze_needs_a_time_ahead_and_a_reason(stage: Stage) -> None:
    episode = await taken(stage)
    with pytest.raises(FieldErrors) as refused:
        await stage.desk.snooze(episode.id, Snooze(until=stage.now, why=" "), by=A, now=stage.now)
    assert set(refused.value.fields) == {"until", "why"}


async def test_a_snooze_may_be_put_off_again_and_woken_by_hand(stage: Stage) -> None:
    episode = await taken(stage)
    for hours in (1, 2):
        snooze = Snooze(until=stage.now + timedelta(hours=hours), why="等片子")
        after = await stage.desk.snooze(episode.id, snooze, by=A, now=stage.now)
        assert after.snooze == snooze
    woken = await stage.desk.wake(episode.id, by=A, now=stage.now)
    assert (woken.state, woken.owner, woken.snooze) == (EpisodeState.ASSIGNED, "a", None)
    assert woken.next_rung_at is not None


async def test_the_clock_may_wake_too(stage: Stage) -> None:
    episode = await taken(stage)
    snooze = Snooze(until=stage.now + timedelta(hours=1), why="等片子")
    await stage.desk.snooze(episode.id, snooze, by=A, now=stage.now)
    assert [each.id for each in await stage.episodes.snoozed_until(snooze.until, 10)] == [episode.id]
    assert (await stage.desk.wake(episode.id, by=SYSTEM, now=snooze.until)).state is EpisodeState.ASSIGNED


# -- ending -------------------------------------------------------------------------------------------------------


async def test_handing_over_what_is_read_at_that_moment_succeeds(stage: Stage) -> None:
    await stage.available(B)
    for number in range(10):
        episode = await taken(stage, f"c{number}")
        after, *_ = await asyncio.gather(
            stage.desk.hand_over(episode.id, handover(None), revision=episode.revision, by=A, now=stage.now),
            stage.desk.seen(episode.id, by=A, now=stage.now),
            stage.answers(f"c{number}", "o:1", A),
        )
        assert after.state is EpisodeState.WAITING


async def test_of_many_who_close_one_does_and_says_it_once(stage: Stage, database: Database) -> None:
    episode = await taken(stage)
    results = await asyncio.gather(*(ended(stage, episode) for _ in range(MANY)), return_exceptions=True)
    assert len([each for each in results if isinstance(each, Episode)]) == 1
    assert {type(each) for each in results} <= {Episode, StaleError, NotNowError}
    assert (await lines(stage)).count(Kind.CONVERSATION_CLOSED) == 1
    assert len(await entries(database, "conversation:closed")) == 1


async def test_it_is_not_closed_over_what_the_patient_wrote_meanwhile(stage: Stage) -> None:
    episode = await taken(stage)
    await stage.writes("ann", "m:2", "还有一个问题")
    with pytest.raises(StaleError):
        await ended(stage, episode)
    assert await stage.desk.of_contact(ANN) is not None


async def test_the_clock_does_not_end_what_was_answered_at_that_moment(stage: Stage) -> None:
    episode = await taken(stage)
    await stage.answers("ann", "o:1", A)
    ending = Ending(kind=EndingKind.CLIENT, by=SYSTEM.by, at=stage.now)
    with pytest.raises(StaleError):
        await stage.desk.close(
            episode.id,
            ending,
            note="",
            revision=episode.revision,
            version=episode.version,
            by=SYSTEM,
            now=stage.now,
        )
    assert await ended(stage, episode)  # by its owner, who wrote the answer


async def test_writing_and_closing_at_once_lose_nothing(stage: Stage) -> None:
    for number in range(15):
        contact = f"c{number}"
        episode = await taken(stage, contact, agent("abcde"[number % 5]))
        by = agent("abcde"[number % 5])
        close, heard = await asyncio.gather(
            ended(stage, episode, by), stage.writes(contact, "m:2"), return_exceptions=True
        )
        kept = await stage.desk.of_contact(ContactId(contact))
        if isinstance(close, Episode):
            assert (heard, kept) == (None, None)  # the words are the bot's
        else:
            assert isinstance(close, StaleError)
            assert kept is not None
            assert kept.unread == 2


async def test_a_close_closes_its_task_with_the_note_as_outcome(stage: Stage) -> None:
    task = await stage.tasks.open(
        key="handoff:1",
        kind=FollowUpKind.HANDOFF,
        reason="请求人工",
        contact_id=ANN,
        patient_id=None,
        due_at=stage.now,
        now=stage.now,
    )
    await stage.desk.open(
        key="1", contact_id=ANN, cause=Cause.ASKED, reason="请求人工", followup_id=task.id, now=stage.now
    )
    danger = await stage.tasks.open(
        key="danger:1",
        kind=FollowUpKind.DANGER,
        reason="流血",
        contact_id=ANN,
        patient_id=None,
        due_at=stage.now,
        now=stage.now,
    )
    episode = await stage.desk.open(
        key="2", contact_id=ANN, cause=Cause.DANGER, reason="流血", followup_id=danger.id, now=stage.now
    )
    episode = await stage.desk.take(episode.id, by=A, now=stage.now)
    await ended(stage, episode)
    done, still = await stage.tasks.find("handoff:1"), await stage.tasks.find("danger:1")
    assert done is not None
    assert still is not None
    assert (done.outcome, done.closed_at, still.closed_at) == ("问候结束：说清楚了", stage.now, None)


async def test_a_close_that_died_in_the_middle_is_finished_by_the_clock(stage: Stage) -> None:
    task = await stage.tasks.open(
        key="handoff:1",
        kind=FollowUpKind.HANDOFF,
        reason="请求人工",
        contact_id=ANN,
        patient_id=None,
        due_at=stage.now,
        now=stage.now,
    )
    episode = await stage.desk.open(
        key="1", contact_id=ANN, cause=Cause.ASKED, reason="请求人工", followup_id=task.id, now=stage.now
    )
    ending = Ending(kind=EndingKind.GREETING, by=A.by, at=stage.now)
    await stage.episodes.replace(episode, changes.closed(episode, ending, note="好了", by=A, now=stage.now))
    assert await stage.tasks.is_open(task.id)
    stage.pass_time(10)
    assert await stage.desk.assign(stage.now) == 1
    assert not await stage.tasks.is_open(task.id)
    assert (await lines(stage)).count(Kind.CONVERSATION_CLOSED) == 1
    assert await stage.desk.assign(stage.now) == 0


async def test_a_patient_who_needs_nobody_ends_it(stage: Stage) -> None:
    task = await stage.tasks.open(
        key="handoff:1",
        kind=FollowUpKind.HANDOFF,
        reason="请求人工",
        contact_id=ANN,
        patient_id=None,
        due_at=stage.now,
        now=stage.now,
    )
    await stage.desk.open(
        key="1", contact_id=ANN, cause=Cause.ASKED, reason="请求人工", followup_id=task.id, now=stage.now
    )
    assert await stage.desk.end_by_patient(ANN, line_ids=("m:9",), now=stage.now)
    [episode] = await stage.episodes.of_contact(ANN, 10)
    assert episode.ending == Ending(kind=EndingKind.CLIENT, by="patient", at=stage.now, evidence=("m:9",))
    assert not await stage.tasks.is_open(task.id)
    assert not await stage.desk.end_by_patient(ANN, line_ids=(), now=stage.now)


async def test_an_erased_contact_leaves_no_words_and_nobody_owns_them(stage: Stage) -> None:
    first = await taken(stage)
    await ended(stage, first)
    second = await taken(stage)
    await stage.available(B)
    await stage.desk.hand_over(second.id, handover(B), revision=second.revision, by=A, now=stage.now)
    assert await stage.desk.erase(ANN, stage.now) == 2
    for each in await stage.episodes.of_contact(ANN, 10):
        assert (each.state, each.preview, each.reason, each.outcome) == (EpisodeState.CLOSED, "", "", "")
        assert [(one.reason, one.asked) for one in each.handovers] in ([], [("", "")])
    assert await stage.episodes.efforts() == {}
    assert await stage.desk.erase(ANN, stage.now) == 0


# -- presence -----------------------------------------------------------------------------------------------------


async def test_nobody_signs_off_while_a_patient_of_theirs_waits(stage: Stage) -> None:
    await stage.available(A)
    episode = await taken(stage)
    with pytest.raises(NotNowError, match="1 位患者在等"):
        await stage.presence.set_status(AgentStatus.AWAY, by=A, now=stage.now)
    await stage.answers("ann", "o:1", A)
    with pytest.raises(NotNowError, match="交接"):
        await stage.presence.set_status(AgentStatus.AWAY, by=A, now=stage.now)
    assert [each.id for each in await stage.desk.owned_by(AccountId("a"))] == [episode.id]
    await stage.desk.hand_over(episode.id, handover(None), revision=episode.revision, by=A, now=stage.now)
    assert (await stage.presence.set_status(AgentStatus.AWAY, by=A, now=stage.now)).status is AgentStatus.AWAY


async def test_a_status_is_a_persons_and_not_a_devices(stage: Stage) -> None:
    await stage.available(A)
    for device in ("pc", "phone"):
        await stage.presence.beat(device=device, looking_at=ANN, writes=device == "phone", by=A)
    await stage.presence.left(device="pc", by=A)
    assert (await stage.presence.agent(AccountId("a"))).status is AgentStatus.AVAILABLE
    looking = await stage.presence.looking([ANN])
    assert [(each.account_id, each.writes) for each in looking[ANN]] == [("a", True)]
    await stage.presence.left(device="phone", by=A)
    assert await stage.presence.looking([ANN]) == {}


async def test_signs_of_life_expire_by_the_machines_clock(stage: Stage) -> None:
    await stage.available(A)
    await stage.presence.beat(device="pc", looking_at=ANN, writes=False, by=A)
    stage.pass_time(stage.rules.presence.total_seconds() - 1)
    assert ANN in await stage.presence.looking([ANN])
    await stage.asks("ann")
    assert await stage.desk.assign(stage.now) == 1
    stage.pass_time(2)
    assert await stage.presence.looking([ANN]) == {}
    assert await stage.desk.assign(stage.now) == 1  # the offer moves on
    assert await stage.desk.assign(stage.now) == 0  # and nobody is there
    assert (await stage.presence.agent(AccountId("a"))).missed_offers == 0


async def test_who_went_home_without_signing_off_is_away_when_they_come_back(stage: Stage) -> None:
    await stage.available(A)
    stage.pass_time(9 * 60)
    await stage.alive(A)
    assert (await stage.presence.agent(AccountId("a"))).status is AgentStatus.AVAILABLE  # a reload
    stage.pass_time(11 * 60)
    await stage.alive(A)
    assert (await stage.presence.agent(AccountId("a"))).status is AgentStatus.AWAY


async def test_a_supervisor_who_reads_silently_is_not_seen(stage: Stage) -> None:
    await stage.presence.beat(device="pc", looking_at=ANN, writes=False, silently=True, by=BOSS)
    await stage.presence.beat(device="pc", looking_at=ANN, writes=False, silently=True, by=A)  # has no right to
    assert [each.account_id for each in (await stage.presence.looking([ANN]))[ANN]] == ["a"]
    everybody = await stage.presence.looking([ANN], silent_too=True)
    assert {each.account_id for each in everybody[ANN]} == {"a", "boss"}


async def test_after_practice_one_begins_with_a_trainees_capacity(stage: Stage) -> None:
    await stage.presence.begin_training(AccountId("a"))
    await stage.available(A)
    await stage.asks("ann")
    assert await stage.desk.assign(stage.now) == 0
    assert (await stage.presence.end_training(AccountId("a"))).capacity == stage.rules.trainee_capacity
    assert await stage.desk.assign(stage.now) == 1
    with pytest.raises(FieldErrors):
        await stage.presence.set_capacity(AccountId("a"), 0, by=BOSS)


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
