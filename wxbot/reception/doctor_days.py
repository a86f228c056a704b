"""医生动态: who receives when in the coming days, and who is away (A2-97). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from wxbot.clinic.hours import Absence, dated_hours, day_off, hours_on
from wxbot.clinic.models import Clinic, Practitioner

SHOWN_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class DoctorDay:
    """One practitioner's local day."""

    day: date
    hours: str  # 09:00–12:00 14:00–18:00; empty: they do not receive
    note: str = ""  # why it differs from the weekly hours, for staff
    away: bool = False  # a leave, a closure or a holiday, not merely a free weekday


@dataclass(frozen=True, kw_only=True)
class DoctorRow:
    """A practitioner's coming days."""

    practitioner: Practitioner
    days: tuple[DoctorDay, ...]


def doctor_rows(clinic: Clinic, first: date, days: int = SHOWN_DAYS) -> list[DoctorRow]:
    """Everybody who works here, in the clinic's order, from `first` on."""
    span = [first + timedelta(days=number) for number in range(days)]
    return [
        DoctorRow(practitioner=each, days=tuple(_day(clinic, each, day) for day in span))
        for each in clinic.practitioners
        if not each.retired
    ]


def notices(clinic: Clinic, first: date, days: int = SHOWN_DAYS) -> Sequence[tuple[date, date, str]]:
    """The whole clinic's closures that fall into those days: first and last day, and why."""
    last = first + timedelta(days=days - 1)
    found = [
        (each.first, each.last, each.reason)
        for each in clinic.closures
        if each.practitioner_id is None and each.first <= last and each.last >= first
    ]
    return sorted(found)


def _day(clinic: Clinic, practitioner: Practitioner, day: date) -> DoctorDay:
    off = day_off(clinic, practitioner, day)
    if off is not None:
        return DoctorDay(day=day, hours="", note=off.reason or _WORDS[off.why], away=True)
    hours = " ".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in hours_on(practitioner, day))
    dated = dated_hours(practitioner, day)
    note = "" if dated is None else dated.reason or "当天的时间"
    return DoctorDay(day=day, hours=hours, note=note)


_WORDS = {Absence.CLOSURE: "休诊", Absence.HOLIDAY: "法定节假日", Absence.DATED: "休息"}
