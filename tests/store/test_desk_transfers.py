"""Talks that change hands or wait for later, over a real mongod: transfers, owners who are silent, snoozes."""

from datetime import timedelta

import pytest

from tests.auditing import entries
from tests.conftest import ManualClock
from tests.desks import BOSS, A, B, Stage, set_stage
from tests.store.desk_talks import ANN, handover, taken
from wxbot.actors import SYSTEM
from wxbot.conversations.escalation.ladder import LOST
from wxbot.conversations.models import (
    AgentStatus,
    EpisodeState,
    Snooze,
    SnoozeWake,
)
from wxbot.database import Database
from wxbot.errors import FieldErrors, StaleError


@pytest.fixture
async def stage(database: Database, clock: ManualClock) -> Stage:
    return await set_stage(database, clock)


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
