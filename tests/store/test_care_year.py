"""The dry run says what the real run then does: simulated patients, visits, edits, pauses, versions and outages.

`--full-length` lives a year of 2,000 patients; else thirty days of 24.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from tests.store.care_year import World
from tests.store.care_year_edits import answer_questions, night
from tests.store.care_year_plans import DAY, LEAD, MINUTE, OTHERS, SURGERY
from tests.store.test_care import here
from wxbot.care import full_looks
from wxbot.care.dry_run import Outcome
from wxbot.care.plans.records import Running
from wxbot.database import Database
from wxbot.outbox.forecast import Will
from wxbot.outbox.models import Message, State

START = here(20, 0, 5)
SEED = 1
LATE = timedelta(minutes=2)  # looks are at whole minutes
SENT = {State.ACCEPTED, State.DELIVERED}


@dataclass
class Comparison:
    """What was foretold, what became of it, and where the two are not the same."""

    compared: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    async def stretch(self, world: World, since: datetime, until: datetime, *, gap: bool = False) -> None:
        """Foretell a stretch, live through it, compare."""
        dry = await world.room.care.dry_runs.run(since, until, by=LEAD)
        before = await world.keys()
        await world.live_through(since, until, gap=gap)
        told = {each.key for each in dry.outcomes}
        rows = await world.rows(told)
        for each in dry.outcomes:
            self._compare(each, rows.get(each.key), until)
        self.differences += [f"{key}: untold" for key in await world.keys() - before - told]

    def _compare(self, said: Outcome, row: Message | None, until: datetime) -> None:
        foretold = _foretold(said, until)
        became = "none" if row is None else _became(row)
        self.compared[foretold] += 1
        same = foretold == became
        if same and foretold == "sent" and row is not None and row.sent_at is not None:
            same = abs(row.sent_at - said.at) <= LATE and row.channel is said.channel
        if not same:
            at = None if row is None else (row.sent_at or row.settled_at)
            self.differences.append(
                f"{said.key}: {foretold} ({said.reason}) at {said.at:%m-%d %H:%M} and {became} at {at}, "
                f"due {said.message.due_at:%m-%d %H:%M} until {said.message.expires_at:%m-%d %H:%M}"
            )


def _foretold(said: Outcome, until: datetime) -> str:
    if said.will in {Will.SEND, Will.WAIT} and said.channel is not None and said.at <= until:
        return "sent"
    if said.will in {Will.SEND, Will.WAIT} or said.at > until:
        return "waits"
    return said.reason


def _became(row: Message) -> str:
    if row.state in SENT:
        return "sent"
    return "waits" if row.state is State.WAITING else row.reason


async def lived(database: Database, number: int, days: int) -> tuple[World, Comparison]:
    """So many patients over so many days; what happens on which day follows from their number alone."""
    world, found = World(database, SEED), Comparison()
    await world.open(number, START, days)
    third, short, long = days // 3, days // 4, days * 3 // 5
    versions = {
        third: (OTHERS[0], Running.STAY),
        2 * third: (OTHERS[1], Running.MIGRATE),
        days - 8: (SURGERY, Running.STAY),
    }
    pauses = {third + 3: "surgery", third + 7: "surgery", long + 4: "reminder", long + 5: "reminder"}
    await world.room.care.enqueue_due(START - MINUTE)
    day = 0
    while day < days:
        begins = START + day * DAY
        await night(world, begins)
        await answer_questions(world, begins)
        if day in versions:
            steps, running = versions[day]
            await world.publish(steps, running, begins, begins + timedelta(hours=12))
        if day in pauses:
            await world.switch(pauses[day], begins)
        ends = begins + DAY - MINUTE
        if day == short:  # a day's opening hours nobody looks
            await found.stretch(world, begins, begins + timedelta(hours=8))
            await found.stretch(world, begins + timedelta(hours=18), ends, gap=True)
        elif day == long:  # and three days
            await found.stretch(world, begins, begins + timedelta(hours=9))
            day += 3
            await found.stretch(world, begins + timedelta(days=3, hours=14), START + (day + 1) * DAY - MINUTE, gap=True)
        else:
            await found.stretch(world, begins, ends)
        day += 1
    return world, found


async def test_the_real_run_does_what_the_dry_run_said(
    database: Database, monkeypatch: pytest.MonkeyPatch, *, full_length: bool
) -> None:
    """Field traps 2.2, row 1: what is planned twice is planned the same.

    The dry run looks over everything, the real one mostly at what fell due since its last look.
    """
    monkeypatch.setattr(full_looks, "PER_ANCHOR", timedelta(hours=1))
    world, found = await lived(database, *((2000, 365) if full_length else (24, 30)))
    assert found.differences == []
    ways = {"sent", "call", "condition", "missed_downtime", "ended", "hold"}
    edits = {"book", "reschedule", "pin", "end", "answer"}
    if full_length:
        ways |= {"skipped_after_downtime", "feedback"}
        edits |= {"cancel", "correct", "decide"}
    assert ways <= set(found.compared), found.compared
    assert edits <= set(world.edits), world.edits
    assert found.compared["sent"] > found.compared.total() / 5
