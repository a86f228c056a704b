"""What the day board reads: one query for the appointments, one for the patients. And which day a page is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2s

from aiohttp import web

from wxbot.booking.models import Appointment, AppointmentId, VisitStage
from wxbot.clinic.models import PractitionerId
from wxbot.days import FIRST_DAY, LAST_DAY, DayError, read_day
from wxbot.patients.birthdays import age_on
from wxbot.patients.models import Patient
from wxbot.services import Services
from wxbot.visits.models import VisitRecord
from wxbot.web.console.board_layout import (
    Grid,
    Person,
    grid_of,
    load_of,
    shown_on,
    shut_words,
    standing_of,
)
from wxbot.web.console.board_signs import NO_RECORDS, signs_of
from wxbot.web.console.frame import now_of, services_of

UNNAMED = "未登记姓名"
WEEK = 7
BOARD = "/console/board"
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class DayView:
    """One day of the clinic."""

    day: date
    today: date
    grid: Grid
    who: PractitionerId | None  # whose column a phone shows first
    minute: int  # of the local day, now
    mark: str  # differs as soon as the day would be drawn differently
    refusal: str = ""  # the day that was asked for cannot be meant

    @property
    def is_today(self) -> bool:
        """Whether the now-line lies in it."""
        return self.day == self.today


@dataclass(frozen=True, kw_only=True)
class LoadCell:
    """A practitioner's day in the week: how many visits, or why none."""

    day: date
    count: int
    shut: str


def local_today(services: Services, now: datetime) -> date:
    """The clinic's date."""
    return now.astimezone(services.clinic.timezone).date()


def asked_day(request: web.Request) -> tuple[date, str]:
    """The day of the address, today without one; and a complaint about one that cannot be meant."""
    today = local_today(services_of(request), now_of(request))
    typed = request.query.get("day", "").strip()
    if not typed:
        return today, ""
    try:
        day = read_day(typed)
    except DayError as error:
        return today, error.sentence
    return min(max(day, FIRST_DAY + WEEK * DAY), LAST_DAY - WEEK * DAY), ""


async def people_of(services: Services, visits: Sequence[Appointment], today: date) -> Mapping[str, Person]:
    """What cards say of the patients, by patient id."""
    ids = {visit.patient_id for visit in visits}
    patients = await services.patients.patients(ids)
    nameless = {each.contact_id for each in visits if each.contact_id and not _name(patients.get(each.patient_id))}
    contacts = await services.patients.contacts(nameless)
    found: dict[str, Person] = {}
    for visit in visits:
        patient = patients.get(visit.patient_id)
        contact = contacts.get(visit.contact_id) if visit.contact_id else None
        name = _name(patient) or (contact.alias if contact else "") or UNNAMED
        birthday = patient.birthday if patient else None
        found[visit.patient_id] = Person(name=name, age=age_on(birthday, today) if birthday else None)
    return found


async def day_view(request: web.Request) -> DayView:
    """The board of the day that the address names."""
    services, now = services_of(request), now_of(request)
    day, refusal = asked_day(request)
    clinic, today = services.clinic, local_today(services, now)
    visits = await services.booking.on_day(day)
    people = await people_of(services, visits, today)
    records = await records_of(services, visits)
    shown = shown_on(clinic, day, visits)
    local = now.astimezone(clinic.timezone)
    wanted = request.query.get("who", "")
    return DayView(
        day=day,
        today=today,
        grid=grid_of(clinic, [(each, day) for each in shown], visits, people, now, records),
        who=next((each for each in shown if each == wanted), shown[0] if shown else None),
        minute=local.hour * 60 + local.minute,
        mark=mark_of(visits, now, records),
        refusal=refusal,
    )


async def records_of(services: Services, visits: Sequence[Appointment]) -> Mapping[AppointmentId, VisitRecord]:
    """What was noted about those who are here; nothing is read where nobody is."""
    here = [each.id for each in visits if each.live and each.stage is not VisitStage.EXPECTED]
    return await services.visit_day.records(here)


def mark_of(
    visits: Sequence[Appointment], now: datetime, records: Mapping[AppointmentId, VisitRecord] = NO_RECORDS
) -> str:
    """What differs as soon as the cards of a day would be drawn differently."""
    shown = sorted(
        (
            visit.id,
            visit.version,
            visit.confirmed_at is not None,
            standing_of(visit, now).late,
            [sign.words for sign in signs_of(visit, records.get(visit.id))],
        )
        for visit in visits
    )
    return blake2s(repr(shown).encode(), digest_size=8).hexdigest()


async def week_grid(request: web.Request, first: date, who: PractitionerId) -> Grid:
    """Seven days of one practitioner."""
    services, now = services_of(request), now_of(request)
    visits = [each for each in await services.booking.on_day(first, days=WEEK) if each.practitioner_id == who]
    people = await people_of(services, visits, local_today(services, now))
    days = [first + number * DAY for number in range(WEEK)]
    return grid_of(services.clinic, [(who, day) for day in days], visits, people, now)


async def week_load(request: web.Request, first: date) -> list[tuple[PractitionerId, str, list[LoadCell]]]:
    """Everybody's seven days in numbers: id, name, and a cell per day."""
    services = services_of(request)
    clinic, zone = services.clinic, services.clinic.timezone
    visits = await services.booking.on_day(first, days=WEEK)
    days = [first + number * DAY for number in range(WEEK)]
    by_day = {day: [each for each in visits if each.start.astimezone(zone).date() == day] for day in days}
    shown = {who for day in days for who in shown_on(clinic, day, by_day[day])}
    order = [person.id for person in clinic.practitioners if person.id in shown]
    rows = []
    for who in [*order, *sorted(shown.difference(order))]:
        person = clinic.practitioner(who)
        cells = [
            LoadCell(
                day=day,
                count=load_of(each for each in by_day[day] if each.practitioner_id == who),
                shut=shut_words(clinic, person, day),
            )
            for day in days
        ]
        rows.append((who, person.name if person else who, cells))
    return rows


def _name(patient: Patient | None) -> str:
    return (patient.name if patient else None) or ""
