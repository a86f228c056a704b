"""The hours on offer as a page shows them: a strip of days with what is left, and one day's hours by part of day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TypedDict

from aiohttp import web

from wxbot.booking.models import Appointment, AppointmentId, Slot
from wxbot.booking.sentences import NEAR_DAYS, WEEKDAY_NAMES, part_of_day
from wxbot.clinic.models import Practitioner, PractitionerId, VisitType, VisitTypeId
from wxbot.days import DayError, read_day
from wxbot.errors import NotFoundError
from wxbot.history.models import ContactId, PatientId
from wxbot.web.patient.frame import clinic_of, contact_of, now_of, services_of, today_of

STRIP = 14  # days shown at a time
START_FORMAT = "%Y-%m-%dT%H:%MZ"  # UTC; a plus sign would not survive a form's address


@dataclass(frozen=True)
class StripDay:
    """One day of the strip."""

    date: date
    weekday: str  # 今天, 明天, 后天 or 周五
    free: int  # hours left; 0: nothing


@dataclass(frozen=True)
class Hour:
    """An hour to choose. `value` is what the form sends."""

    value: str
    clock: str  # 14:30
    day: date


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Everything on offer for one visit type and one practitioner, or any."""

    visit_type: VisitType
    practitioner: Practitioner | None
    offering: tuple[Practitioner, ...]
    strip: tuple[StripDay, ...]
    day: date | None  # whose hours are shown; None: nothing is free up to the horizon
    parts: tuple[tuple[str, tuple[Hour, ...]], ...]
    earlier: date | None  # a day to show the days before the strip
    later: date | None


class _Asking(TypedDict):
    """Who asks for free hours, as `Booking.days` takes it."""

    moving: AppointmentId | None
    patient_id: PatientId | None
    contact_id: ContactId | None


async def choose(  # noqa: PLR0913 - one fact each, the last two by name
    request: web.Request,
    visit_type_id: str,
    doctor: str,
    wanted: str,
    *,
    patient_id: PatientId | None = None,
    moving: Appointment | None = None,
) -> Choice:
    """What is on offer; `wanted` is an ISO day, anything else means the first that has an hour.

    `patient_id` is None for somebody without a record yet.

    Raises NotFoundError for an unknown visit type or practitioner, NotBookableError when nobody offers it.
    """
    services, clinic, now = services_of(request), clinic_of(request), now_of(request)
    visit_type = clinic.visit_type(VisitTypeId(visit_type_id))
    practitioner = clinic.practitioner(PractitionerId(doctor)) if doctor else None
    if visit_type is None or (doctor and practitioner is None):
        raise NotFoundError("no such visit type or practitioner")
    offering = clinic.who_offers(visit_type.id) if moving is None else clinic.who_treats(visit_type.id)
    who = practitioner.id if practitioner is not None else None
    asking: _Asking = {
        "moving": None if moving is None else moving.id,
        "patient_id": patient_id,
        "contact_id": contact_of(request).id,
    }
    days = {each.date: each.free_count for each in await services.booking.days(visit_type.id, who, now, **asking)}
    today = today_of(request)
    day = _chosen(wanted, days, today, max([today + timedelta(days=clinic.horizon_days), *days]))
    first = today + timedelta(days=((day or today) - today).days // STRIP * STRIP)
    last = first + timedelta(days=STRIP - 1)
    slots = await services.booking.slots(visit_type.id, who, day, now, **asking) if day in days else []
    return Choice(
        visit_type=visit_type,
        practitioner=practitioner,
        offering=offering,
        strip=tuple(_strip_day(first + timedelta(days=ahead), days, today) for ahead in range(STRIP)),
        day=day,
        parts=_by_part([hour_of(slot, clinic.timezone) for slot in slots]),
        earlier=next((each for each in reversed(list(days)) if each < first), None),
        later=next((each for each in days if each > last), None),
    )


def hour_of(slot: Slot, zone: tzinfo) -> Hour:
    """A free slot as an hour to choose."""
    local = slot.start.astimezone(zone)
    value = slot.start.astimezone(UTC).strftime(START_FORMAT)
    return Hour(value=value, clock=f"{local.hour}:{local.minute:02d}", day=local.date())


def start_of(value: str) -> datetime:
    """The start that a form names. Raises DayError for anything else."""
    try:
        start = datetime.strptime(value, START_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise DayError("请选择一个时间") from None
    read_day(start.date().isoformat())
    return start


def _chosen(wanted: str, days: dict[date, int], today: date, last: date) -> date | None:
    try:
        day = read_day(wanted)
    except DayError:
        return next(iter(days), None)
    return day if today <= day <= last else next(iter(days), None)


def _strip_day(day: date, days: dict[date, int], today: date) -> StripDay:
    ahead = (day - today).days
    weekday = NEAR_DAYS[ahead] if ahead < len(NEAR_DAYS) else WEEKDAY_NAMES[day.weekday()]
    return StripDay(day, weekday, days.get(day, 0))


def _by_part(hours: Sequence[Hour]) -> tuple[tuple[str, tuple[Hour, ...]], ...]:
    found: dict[str, list[Hour]] = {}
    for hour in hours:
        clock = datetime.strptime(hour.clock, "%H:%M").time()  # noqa: DTZ007 - a clock of the clinic, no moment
        found.setdefault(part_of_day(clock), []).append(hour)
    return tuple((name, tuple(each)) for name, each in found.items())
