"""The job `run_desk`: it offers what waits, its second run does nothing, and one part that fails stops no other."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from jobs import run_desk
from tests.scenarios.conftest import Clinic
from tests.scenarios.talking import colleague, episode_of
from wxbot.conversations.episodes.desk import Desk
from wxbot.staff.permissions import Role


async def test_what_waits_is_offered_once(clinic: Clinic) -> None:
    by = await colleague(clinic)
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    await run_desk.run(clinic.app.services, clinic.now)
    offered = await episode_of(clinic, openid)
    assert offered.offer is not None
    assert (offered.offer.to, offered.owner) == (by.id, None)
    assert await run_desk.run(clinic.app.services, clinic.now) == {"moves": 0}
    assert (await episode_of(clinic, openid)).version == offered.version


async def test_a_missed_offer_goes_to_the_next_and_the_clock_is_the_clinics(clinic: Clinic) -> None:
    first = await colleague(clinic)
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    await run_desk.run(clinic.app.services, clinic.now)
    second = await colleague(clinic, Role.CONSULTANT)
    later = clinic.now + timedelta(seconds=20)
    await run_desk.run(clinic.app.services, later)
    episode = await episode_of(clinic, openid)
    assert episode.offer is not None
    assert (episode.offer.to, episode.passed_over) == (second.id, (first.id,))


class BrokenDesk(Desk):
    """A desk that cannot offer anything."""

    def __init__(self) -> None:
        """Needs nothing."""

    async def assign(self, now: datetime) -> int:
        raise RuntimeError(now)


async def test_a_part_that_fails_is_told_and_stops_no_other(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    before = await episode_of(clinic, openid)
    assert before.rungs == ()
    services = clinic.app.services
    broken = replace(services, chat=replace(services.chat, desk=BrokenDesk()))
    with pytest.raises(RuntimeError):
        await run_desk.run(broken, clinic.now + timedelta(minutes=10))
    assert (await episode_of(clinic, openid)).rungs != ()
