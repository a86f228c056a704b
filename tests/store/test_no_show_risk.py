"""Calls to the risky few and the monthly calibration, over a real mongod."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest

from tests.auditing import NOBODY, RECEPTION, audit_of, entries
from tests.clinics import FixedClinic
from tests.store.test_booking import CLINIC, TUESDAY, book, local
from wxbot.actors import Actor
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.models import Appointment
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.days import DayReading
from wxbot.database import Database
from wxbot.errors import ForbiddenError, NotFoundError
from wxbot.followups.models import FollowUp, FollowUpKind, FollowUpState
from wxbot.followups.service import FollowUps
from wxbot.followups.stores.followups import FollowUpStore
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.staff.permissions import Role, permissions_of
from wxbot.visits.confirming import closes
from wxbot.visits.lateness import CANCELLED, CONFIRMED, MOVED
from wxbot.visits.no_show_risk import NoShowRisk
from wxbot.visits.risk import RiskRules
from wxbot.visits.risk_calibration import CalibrationState, FactorCount, RiskCalibration
from wxbot.visits.rules import VisitDayRules
from wxbot.visits.store import RiskCalibrationStore
from wxbot.visits.tasks import VisitTasks
from wxbot.workflow import NotNowError

ADMIN = Actor(id="1", name="管理员", permissions=permissions_of(Role.ADMIN))
MANAGER = Actor(id="2", name="主管", permissions=permissions_of(Role.MANAGER))
MONDAY = TUESDAY - timedelta(days=1)


@dataclass
class World:
    """What one process works with."""

    database: Database
    booking: Booking
    risk: NoShowRisk
    tasks: VisitTasks
    store: FollowUpStore

    async def calls(self) -> list[FollowUp]:
        return sorted(await self.store.of_cause("visit-risk", limit=100), key=lambda each: each.reason)

    async def deadline(self) -> datetime:
        """Of confirming Tuesday."""
        closing = closes(CLINIC, MONDAY)
        assert closing is not None
        return closing - timedelta(minutes=30)


def rules(call_points: int = 1, calls_per_day: int = 5) -> VisitDayRules:
    """A new patient is risky enough here."""
    return replace(VisitDayRules(), risk=RiskRules(call_points=call_points, calls_per_day=calls_per_day))


@pytest.fixture
async def world(database: Database) -> World:
    return await world_of(database, rules())


async def world_of(database: Database, day_rules: VisitDayRules) -> World:
    bookings, lines, store = BookingStore(database), HistoryStore(database), FollowUpStore(database)
    calibrations = RiskCalibrationStore(database)
    await database.create_indexes([bookings, lines, store, calibrations])
    history, clinic, audit = History(lines), FixedClinic(CLINIC), audit_of(database)
    booking = Booking(bookings, clinic, history=history, audit=audit)
    followups = FollowUps(store, history=history, audit=audit)
    risk = NoShowRisk(calibrations, booking=booking, followups=followups, clinics=clinic, audit=audit, rules=day_rules)
    tasks = VisitTasks(
        booking=booking, visits=DayVisits(DayReading(database)), followups=followups, clinics=clinic, rules=day_rules
    )
    return World(database, booking, risk, tasks, store)


async def three_visits(world: World) -> list[Appointment]:
    """Of three new patients on Tuesday."""
    return [
        await book(world.booking, name, start=local(TUESDAY, 9 + number))
        for number, name in enumerate(("li", "wang", "zhao"))
    ]


async def test_the_risky_few_are_to_be_called_before_the_deadline_once(world: World) -> None:
    visits = await three_visits(world)
    deadline = await world.deadline()
    assert await world.risk.open_calls(deadline - timedelta(hours=4, seconds=1)) == 0
    assert await world.risk.open_calls(deadline - timedelta(hours=4)) == 3
    assert await world.risk.open_calls(deadline - timedelta(hours=3)) == 0
    assert await world.risk.open_calls(deadline) == 0
    calls = await world.calls()
    assert [(each.kind, each.due_at, each.state, each.patient_id) for each in calls] == [
        (FollowUpKind.PHONE, deadline, FollowUpState.OPEN, visit.patient_id) for visit in visits
    ]
    assert "未到诊风险 1 点：第一次来（+1）" in calls[0].reason


async def test_four_processes_open_each_call_once(world: World) -> None:
    await three_visits(world)
    now = await world.deadline() - timedelta(hours=1)
    await asyncio.gather(*(world.risk.open_calls(now) for _ in range(4)))
    assert len(await world.calls()) == 3


async def test_no_more_in_a_day_than_the_clinic_set_and_never_another_instead(database: Database) -> None:
    world = await world_of(database, rules(calls_per_day=2))
    await three_visits(world)
    now = await world.deadline() - timedelta(hours=2)
    assert await world.risk.open_calls(now) == 2
    await world.booking.confirm((await world.booking.on_day(TUESDAY))[0].id, by=RECEPTION, now=now)
    assert await world.tasks.run(now) == {"opened": 0, "settled": 1}
    assert await world.risk.open_calls(now + timedelta(minutes=1)) == 0
    assert len(await world.calls()) == 2


async def test_who_confirmed_or_has_few_points_is_not_called(database: Database) -> None:
    world = await world_of(database, rules(call_points=2))
    await three_visits(world)
    assert await world.risk.open_calls(await world.deadline() - timedelta(hours=1)) == 0
    other = await world_of(database, rules())
    now = await world.deadline() - timedelta(hours=1)
    for visit in await other.booking.on_day(TUESDAY):
        await other.booking.confirm(visit.id, by=RECEPTION, now=now)
    assert await other.risk.open_calls(now) == 0


@pytest.mark.parametrize(("change", "why"), [("confirm", CONFIRMED), ("cancel", CANCELLED), ("move", MOVED)])
async def test_a_call_ends_with_its_cause(world: World, change: str, why: str) -> None:
    visit = await book(world.booking, "li")
    now = await world.deadline() - timedelta(hours=1)
    await world.risk.open_calls(now)
    assert await world.tasks.run(now) == {"opened": 0, "settled": 0}
    if change == "confirm":
        await world.booking.confirm(visit.id, by=RECEPTION, now=now)
    elif change == "cancel":
        await world.booking.cancel(visit.id, "改主意", by=RECEPTION, now=now)
    else:
        later = visit.start + timedelta(days=1)
        await world.booking.move(visit.id, later, None, visit.version, "move", by=RECEPTION, now=now)
    await world.tasks.run(now + timedelta(minutes=1))
    (call,) = await world.calls()
    assert (call.state, call.outcome) == (FollowUpState.OBSOLETE, why)


async def test_points_are_read_for_many_visits_at_once_and_by_permission(world: World) -> None:
    visits = await three_visits(world)
    found = await world.risk.of(visits, by=RECEPTION)
    assert [found[each.id].points for each in visits] == [1, 1, 1]
    assert await world.risk.of([], by=RECEPTION) == {}
    with pytest.raises(ForbiddenError):
        await world.risk.of(visits, by=NOBODY)


async def test_a_month_is_counted_once_and_changes_nothing_before_somebody_accepts(world: World) -> None:
    now = local(date(2026, 12, 1), 3)
    assert [await world.risk.propose(now + timedelta(hours=each)) for each in range(3)] == [1, 0, 0]
    assert sum(await asyncio.gather(*(world.risk.propose(local(date(2027, 1, 2), 3)) for _ in range(3)))) == 1
    assert [each.id for each in await world.risk.calibrations(by=MANAGER)] == ["2027-01", "2026-12"]
    assert (await world.risk.points())["missed"] == 3


async def test_an_administrator_accepts_once_and_the_points_hold_from_then_on(world: World) -> None:
    now = local(date(2026, 12, 1), 3)
    row = FactorCount(factor="missed", seen=100, missed=60, others=500, others_missed=20, points=3, proposed=4)
    await RiskCalibrationStore(world.database).insert(
        RiskCalibration(id="2026-12", at=now, visits=600, missed=80, rows=(row,))
    )
    with pytest.raises(ForbiddenError):
        await world.risk.accept("2026-12", by=MANAGER, now=now)
    with pytest.raises(NotFoundError):
        await world.risk.accept("2026-11", by=ADMIN, now=now)
    assert (await world.risk.points())["missed"] == 3
    accepted = await world.risk.accept("2026-12", by=ADMIN, now=now)
    assert (accepted.state, accepted.decided_by) == (CalibrationState.ACCEPTED, "staff:1")
    points = await world.risk.points()
    assert (points["missed"], points["new"]) == (4, 1)
    for again in (world.risk.accept, world.risk.decline):
        with pytest.raises(NotNowError):
            await again("2026-12", by=ADMIN, now=now)
    (entry,) = await entries(world.database, "risk:accepted")
    assert "未到诊过 3→4" in entry.summary


async def test_what_is_declined_leaves_the_points(world: World) -> None:
    now = local(date(2026, 12, 1), 3)
    await world.risk.propose(now)
    declined = await world.risk.decline("2026-12", by=ADMIN, now=now)
    assert declined.state is CalibrationState.DECLINED
    assert await world.risk.points() == dict(RiskRules().points)
