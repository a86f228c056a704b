"""A short day at the chat desk: killed processes, a moved clock, patients, colleagues whose consoles are cut off.

The full day, 200 conversations and 20 colleagues over 4 processes, is `make desk-day`; both are tests/desk_day.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.desk_day.day import SMALL, Day, close, live
from tests.desk_day.verdict import faults
from tests.desk_day.watch import RUNG_SECONDS, Watch
from tests.processes.harness import ROOT, World
from wxbot.conversations.hours.clocks import BusinessTime
from wxbot.conversations.models import Cause, Episode, EpisodeId, EpisodeState, Offer
from wxbot.demo.settings import DemoSettings
from wxbot.history.models import ContactId
from wxbot.installation import read_installation
from wxbot.staff.models import AccountId

pytestmark = pytest.mark.processes

SEED = 7


async def test_a_day_with_kills_leaves_nobody_behind(world: World) -> None:
    day = await live(world, SMALL, SEED)
    try:
        assert await faults(day) == []
        assert (day.kills, len(day.openids)) == (SMALL.kills, SMALL.patients)
        assert day.clock.moved >= SMALL.leaps * timedelta(seconds=20)
        assert day.seen.streams > 2 * SMALL.colleagues  # each was cut off, and came back
        # An answer that is lost with its process is asked for again, and then refused as done: so not all are counted.
        assert min(day.seen.did["take"], day.seen.did["reply"], day.seen.did["close"]) > SMALL.patients / 2
        assert day.looks > 0
        await _the_verdict_can_fail(day)
    finally:
        await close(day)


async def _the_verdict_can_fail(day: Day) -> None:
    """What would have been wrong is said."""
    database = day.world.database
    words, contact = next(
        (words, contact)
        for words, contact in day.seen.asked.items()
        if any(each.text == words for each in day.world.on_the_phone(day.openids[contact]))
    )
    other = next(openid for each, openid in day.openids.items() if each != contact)
    (line, *_) = sorted(each for each in day.seen.lines if each.startswith("m:"))
    day.seen.lines.discard(line)
    day.world.platform.people[other].messages.append(
        next(each for each in day.world.on_the_phone(day.openids[contact]) if each.text == words)
    )
    day.seen.asked["答了没有人收到"] = contact
    day.seen.sent.add("答了没有人收到")
    day.seen.drafts[day.colleagues[0].login, contact] = "稿没有留下"
    await database.collection("rights").update_many({}, {"$set": {"customer_left": 19}})
    closed = (await day.world.rows("interactions", {"kind": "conversation:closed"}))[0]
    await database.collection("interactions").insert_one({**closed, "_id": "another"})
    found = await faults(day)
    assert {each.partition(":")[0] for each in found} == {"unseen", "wrong", "times", "lost", "ledger", "told"}


# -- the watch --------------------------------------------------------------------------------------------------------


@pytest.fixture
def watch(world: World) -> Watch:
    installation = read_installation(DemoSettings.model_construct(config_dir=ROOT / "config"))
    time = BusinessTime(installation.clinic, installation.desk)
    return Watch(installation.desk, time, world.platform.now)


def _waiting(watch: Watch, name: str, minutes: int = 0, **facts: object) -> Episode:
    since = watch.now() - timedelta(minutes=minutes)
    return replace(
        Episode(
            id=EpisodeId(name),
            key=name,
            contact_id=ContactId(name),
            cause=Cause.ASKED,
            reason="",
            opened_at=since,
            opened_by="patient",
            latest_at=since,
            waiting_since=since,
        ),
        **facts,  # type: ignore[arg-type]
    )


async def test_the_watch_sees_who_is_overtaken_alone_and_in_no_list(watch: Watch) -> None:
    first, second = _waiting(watch, "first", 2), _waiting(watch, "second", 1)
    watch.write(first)
    watch.write(second)
    assert watch.faults() == []
    watch.queued_at["first"] -= 60
    offer = Offer(to=AccountId("a"), made_at=watch.now(), until=watch.now())
    watch.write(replace(second, offer=offer))
    assert watch.faults() == ["second overtakes first"]
    watch.write(replace(first, id=EpisodeId("third"), state=EpisodeState.ASSIGNED))
    assert watch.faults()[1:] == ["third is in no list", "first has two open episodes"]
    heavy = replace(first, state=EpisodeState.ASSIGNED, owner=AccountId("a"), effort=watch.rules.capacity)
    watch.write(heavy)
    assert f"a holds {watch.rules.capacity + 1}" in watch.faults()


async def test_the_watch_sees_a_rung_that_is_not_fired_and_one_that_is_fired_twice(watch: Watch) -> None:
    waiting = _waiting(watch, "first", 1)
    watch.write(waiting)
    watch.look_at_rungs()
    assert watch.faults() == []
    watch.overdue = {rung: since - RUNG_SECONDS - 1 for rung, since in watch.overdue.items()}
    watch.look_at_rungs()
    assert [each.split(" was due")[0] for each in watch.faults()] == ["first: rung owner", "first: rung desk"]
    watch.wrong.clear()
    fired = replace(waiting, rungs=("owner",))
    for each in (fired, waiting, fired):
        watch.write(each)
    assert [each.rpartition(" was ")[2] for each in watch.faults()] == ["fired 2 times"]
