"""Who is at the desk, over a real mongod: status, signs of life, signing off, training."""

import pytest

from tests.conftest import ManualClock
from tests.desks import BOSS, A, Stage, set_stage
from tests.store.desk_talks import ANN, handover, taken
from wxbot.conversations.models import (
    AgentStatus,
)
from wxbot.database import Database
from wxbot.errors import FieldErrors
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError


@pytest.fixture
async def stage(database: Database, clock: ManualClock) -> Stage:
    return await set_stage(database, clock)


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
