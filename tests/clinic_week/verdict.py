"""Whether board, lists and day sheet say what the event log says; and how well waits were foretold."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median

from tests.auditing import RECEPTION
from tests.clinic_week.event_log import Told, read_log, stood
from tests.clinic_week.week import MONDAY, Week
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, VisitStage
from wxbot.followups.models import FollowUp
from wxbot.visits.confirming import to_recheck
from wxbot.visits.day_sheet import DaySheet
from wxbot.visits.lateness import visit_of
from wxbot.web.console.board_layout import grid_of, shown_on

MOST_TASKS = 1000
MOST_OFF = 4.0  # minutes, at the median of those who had somebody before them
QUEUED = "median error of who queued, minutes"
HERE = frozenset({VisitStage.ARRIVED, VisitStage.WAITING})


@dataclass
class Verdict:
    """What was found while the week went on."""

    looks: int = 0
    faults: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def off_by(self) -> float:
        """The median error of what patients were told who had somebody before them, in minutes."""
        return self.figures[QUEUED]

    def same(self, what: str, shown: object, logged: object) -> None:
        """They must be the same."""
        if shown != logged:
            self.faults.append(f"{what}: shown {shown!r}, by the log {logged!r}")

    async def look(self, week: Week, now: datetime) -> None:
        """Compare everything that staff see at this moment."""
        self.looks += 1
        today = now.astimezone(week.clinic.timezone).date()
        told = stood(await read_log(week.database), now)
        mine = [each for each in told.values() if _day(week, each) == today]
        self._board(week, await week.booking.on_day(today), mine, today, now)
        await self._lists(week, told, mine, now)
        self._sheet(week, await week.days.sheet(today, by=RECEPTION, now=now), told, mine, today, now)

    def _board(self, week: Week, visits: list[Appointment], mine: list[Told], today: date, now: datetime) -> None:
        grid = grid_of(week.clinic, [(who, today) for who in shown_on(week.clinic, today, visits)], visits, {}, now)
        shown = {
            (card.visit.id, column.practitioner_id, card.at, card.visit.stage, card.standing.late)
            for column in grid.columns
            for card in column.cards
        }
        logged = {
            (each.id, each.practitioner_id, _minute(week, each), each.stage, _late(each, now))
            for each in mine
            if each.state is not AppointmentState.CANCELLED
        }
        self.same(f"board of {now}", shown, logged)
        away = {card.visit.id for column in grid.columns for card in column.cancelled}
        cancelled = {each.id for each in mine if each.state is AppointmentState.CANCELLED}
        columns = {column.practitioner_id for column in grid.columns}
        self.same(
            f"cancelled on the board of {now}",
            away,
            {it.id for it in mine if it.id in cancelled and it.practitioner_id in columns},
        )

    async def _lists(self, week: Week, told: dict[AppointmentId, Told], mine: list[Told], now: datetime) -> None:
        found, visits = await week.days.to_confirm(by=RECEPTION, now=now)
        on_day = [each for each in told.values() if _day(week, each) == found.day and each.live]
        self.same(
            f"to confirm at {now}", (found.booked, found.confirmed), (len(on_day), sum(it.confirmed for it in on_day))
        )
        self.same(f"whom to confirm at {now}", {each.id for each in visits if each.live}, {each.id for each in on_day})
        today = await week.booking.on_day(now.astimezone(week.clinic.timezone).date())
        listed = await week.days.listed(today, by=RECEPTION, now=now)
        self.same(f"waiting at {now}", set(listed.estimates), {it.id for it in mine if it.live and it.stage in HERE})
        ahead = {it.id for it in mine if it.live and it.stage is VisitStage.EXPECTED and it.start > now}
        self.same(f"to ask again at {now}", {each.id for each in to_recheck(today, listed.records, now)}, ahead)

    def _sheet(  # noqa: PLR0917 - a day from both sides
        self,
        week: Week,
        sheet: DaySheet,
        told: dict[AppointmentId, Told],
        mine: list[Told],
        today: date,
        now: datetime,
    ) -> None:
        came = [each for each in mine if each.came]
        waits = [_wait(each, now) for each in came]
        known = [each for each in waits if each is not None]
        firsts = {each.id for each in came if week.people[each.id].first}
        goals = [
            wait <= (week.rules.wait_first if each.id in firsts else week.rules.wait_returning)
            for each, wait in zip(came, waits, strict=True)
            if wait is not None
        ]
        again = {each.patient_id for each in told.values() if each.live and _day(week, each) > today}
        expected = {
            "booked": sum(each.state is not AppointmentState.CANCELLED for each in mine),
            "came": _ids(came),
            "first_visits": len(firsts),
            "late": sum(_came_late_by(each) >= week.rules.late_call for each in came),
            "missed": _ids(it for it in mine if it.state is AppointmentState.NO_SHOW),
            "cancelled": _ids(it for it in mine if it.state is AppointmentState.CANCELLED),
            "without_next": _ids(it for it in came if it.stage is VisitStage.LEFT and it.patient_id not in again),
            "not_registered": [],
            "waits": len(known),
            "within_goal": sum(goals),
            "patients": len({each.patient_id for each in came}),
        }
        shown = {
            "booked": sheet.booked,
            "came": _ids(sheet.came),
            "first_visits": sheet.first_visits,
            "late": sheet.late,
            "missed": _ids(sheet.missed),
            "cancelled": _ids(sheet.cancelled),
            "without_next": _ids(each for each, _ in sheet.without_next),
            "not_registered": _ids(sheet.not_registered),
            "waits": sheet.waits,
            "within_goal": sheet.within_goal,
            "patients": sheet.patients,
        }
        for name, logged in expected.items():
            self.same(f"{name} on the sheet of {now}", shown[name], logged)

    async def close(self, week: Week, size_days: int) -> None:
        """What is known once the week is over: the calls, what counts against whom, and the figures."""
        end = week.local(MONDAY + timedelta(days=size_days), 0)
        told = stood(await read_log(week.database), end)
        tasks = await week.followups.of_cause("visit-", limit=MOST_TASKS)
        late = {visit_of(each.subject) for each in _of(tasks, "visit-late")}
        owed = {each.id for each in told.values() if each.id in week.people and _was_called(each, week)}
        self.same("late calls", late, owed)
        missed = {visit_of(each.subject) for each in _of(tasks, "visit-missed")}
        uncalled = {it.id for it in told.values() if it.state is AppointmentState.NO_SHOW} - missed
        self.same("missed visits that nobody is to call about", uncalled, set())
        cancelled = {visit_of(each.subject) for each in _of(tasks, "visit-cancelled")}
        self.same("nobody is called for what the clinic changed", cancelled & set(week.moved), set())
        by_patient = {it.id for it in told.values() if it.state is AppointmentState.CANCELLED and it.by == "patient"}
        self.same("calls about cancellations", cancelled, by_patient)
        ends = [guess for guess in week.guesses.values() if guess.waited is not None]
        queued = [guess.off_by for guess in ends if guess.queued]
        mine = [each for each in told.values() if each.id in week.people]
        self.figures = {
            "visits": len(mine),
            "came": sum(each.came for each in mine),
            "missed": sum(each.state is AppointmentState.NO_SHOW for each in mine),
            "cancelled": sum(each.state is AppointmentState.CANCELLED for each in mine),
            "changed by the clinic": len(week.moved),
            "late calls": len(late),
            "looks": self.looks,
            "told how long": len(ends),
            "of whom queued": len(queued),
            "median error, minutes": round(median(guess.off_by for guess in ends), 2),
            QUEUED: round(median(queued), 2) if queued else 0.0,
        }


def _of(tasks: Iterable[FollowUp], kind: str) -> list[FollowUp]:
    return [each for each in tasks if each.key.startswith(f"{kind}/")]


def _ids(things: Iterable[Told | Appointment]) -> list[str]:
    return sorted(each.id for each in things)


def _day(week: Week, told: Told) -> date:
    return told.start.astimezone(week.clinic.timezone).date()


def _minute(week: Week, told: Told) -> int:
    local = told.start.astimezone(week.clinic.timezone)
    return local.hour * 60 + local.minute


def _late(told: Told, now: datetime) -> bool:
    return told.live and told.stage is VisitStage.EXPECTED and now >= told.start + timedelta(minutes=10)


def _came_late_by(told: Told) -> timedelta:
    return told.reached[VisitStage.ARRIVED] - told.start


def _wait(told: Told, now: datetime) -> timedelta | None:
    treated = told.reached.get(VisitStage.IN_TREATMENT)
    if treated is None and told.stage not in HERE:
        return None
    return max((treated or now) - max(told.reached[VisitStage.ARRIVED], told.start), timedelta())


def _was_called(told: Told, week: Week) -> bool:
    """Nobody had come ten minutes after the hour: they came later, or were marked missed after it."""
    if told.state is AppointmentState.CANCELLED:
        return False
    if told.state is AppointmentState.NO_SHOW:
        return True
    came = told.reached.get(VisitStage.ARRIVED)
    return came is not None and came - told.start > week.rules.late_call
