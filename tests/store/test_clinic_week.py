"""A simulated clinic week: what staff see is what the event log says, and waits are foretold to some minutes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.clinic_week.plan import Size
from tests.clinic_week.verdict import MOST_OFF, Verdict
from tests.clinic_week.week import live, open_week
from wxbot.database import Database
from wxbot.visits import days
from wxbot.visits.day_sheet import DaySheet, day_sheet
from wxbot.visits.waiting import Estimate

SHORT = Size(days=3, visits=50)
SEED = 11


async def lived(database: Database, size: Size) -> Verdict:
    week, verdict = await open_week(database), Verdict()
    await live(week, size, SEED, verdict.look)
    await verdict.close(week, size.days)
    return verdict


async def test_a_week_agrees_with_its_event_log_and_waits_are_foretold(database: Database, full_length: bool) -> None:
    size = Size() if full_length else SHORT
    verdict = await lived(database, size)
    assert verdict.faults == []
    figures = verdict.figures
    assert figures["visits"] >= 0.95 * size.visits
    least = 5 if full_length else 1
    assert min(figures[each] for each in ("missed", "cancelled", "changed by the clinic", "late calls")) >= least
    assert figures["of whom queued"] >= size.visits / 6
    assert verdict.off_by <= MOST_OFF


async def test_a_broken_estimate_and_a_broken_sheet_are_found(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(*everything: Any, **named: Any) -> DaySheet:
        """One who did not come is not on it."""
        sheet = day_sheet(*everything, **named)
        return replace(sheet, missed=sheet.missed[1:])

    def hopeful(*_: Any, **__: Any) -> Estimate:
        """Everybody is next."""
        return Estimate(low=timedelta(), likely=timedelta(), most=timedelta())

    monkeypatch.setattr(days, "day_sheet", forgetful)
    monkeypatch.setattr(days, "estimate", hopeful)
    verdict = await lived(database, SHORT)
    assert any("missed on the sheet" in each for each in verdict.faults)
    assert all("on the sheet" in each for each in verdict.faults)
    assert verdict.off_by > MOST_OFF
