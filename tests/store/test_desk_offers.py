"""What waits at the desk is offered in turn, over a real mongod: to whom, how long, and never beyond a capacity."""

import asyncio
import contextlib

import pytest

from tests.conftest import ManualClock
from tests.desks import BOSS, A, B, C, Stage, agent, set_stage
from tests.store.desk_talks import ANN, ended, taken
from wxbot.conversations.episodes import changes
from wxbot.conversations.models import (
    AgentStatus,
    Offer,
)
from wxbot.database import Database
from wxbot.errors import FieldErrors
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError

MANY = 20


@pytest.fixture
async def stage(database: Database, clock: ManualClock) -> Stage:
    return await set_stage(database, clock)


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
