"""Dates of a patient that plans count from: their kinds, and which days can be meant. Pure.

A date is a day of the clinic's calendar, never a moment: neither a zone nor summer time moves it.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from wxbot.days import NO_DAY, DayError
from wxbot.history.models import PatientId
from wxbot.patients.birthdays import born_on
from wxbot.patients.models import Birthday

DISCHARGE, SCREENING = "discharge", "screening"
MOST_NOTE = 40  # characters
PAST_YEARS = 80
FUTURE_YEARS = 10
OUTSIDE = "请填写 {first} 年到 {last} 年之间的日期。"
NO_SUCH_DAY = "{year}年{month}月没有{day}日，请核对日期。"
BEFORE_BIRTH = "比患者的出生日期（{born.year}年{born.month}月{born.day}日）还早，请核对日期。"


@dataclass(frozen=True, kw_only=True)
class DateKind:
    """A kind of date: 出院, 普查, or one of the clinic's own, e.g. 矫治开始."""

    key: str
    name: str


BUILT_IN = (DateKind(key=DISCHARGE, name="出院"), DateKind(key=SCREENING, name="普查"))
"""The kinds that every clinic has; each has a kind of anchor of its own."""


@dataclass(frozen=True, kw_only=True)
class PatientDate:
    """A date of a patient. `kind` is the key of a DateKind.

    Its `id` stays when the day is changed: what was sent is not sent again, what was not moves.
    """

    id: str
    patient_id: PatientId
    kind: str
    day: date
    note: str
    noted_by: str
    noted_by_name: str
    noted_at: datetime
    day_set_at: datetime  # since when it is on that day: what had fallen due before is not sent late
    live: bool = True  # False once it was removed
    removed_by_name: str = ""
    removed_at: datetime | None = None
    revision: int = 0


def read_date(text: str) -> date:
    """A day as it was typed, ISO. Raises DayError with a sentence that says what is wrong with it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DayError(_no_day(text)) from None


def _no_day(text: str) -> str:
    parts = text.split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):  # noqa: PLR2004 - y, m, d
        return NO_DAY
    year, month, day = (int(part) for part in parts)
    if not 1 <= year <= 9999 or not 1 <= month <= 12 or 1 <= day <= monthrange(year, month)[1]:  # noqa: PLR2004
        return NO_DAY
    return NO_SUCH_DAY.format(year=year, month=month, day=day)


def objection_to(day: date, today: date, birthday: Birthday | None) -> str:
    """Why that day cannot be meant; empty where it can. `today` is the clinic's."""
    first, last = today.year - PAST_YEARS, today.year + FUTURE_YEARS
    if not first <= day.year <= last:
        return OUTSIDE.format(first=first, last=last)
    if birthday is not None and day < (born := born_on(birthday)):
        return BEFORE_BIRTH.format(born=born)
    return ""


def one_of_each(dates: Iterable[PatientDate], became: Mapping[PatientId, PatientId]) -> list[PatientDate]:
    """The dates, those that merged duplicates have in common once: the one that was noted first.

    `became` says which record each patient's is now.
    """
    kept: dict[tuple[PatientId, str, date], PatientDate] = {}
    for each in sorted(dates, key=lambda each: each.id):
        kept.setdefault((became.get(each.patient_id, each.patient_id), each.kind, each.day), each)
    return list(kept.values())


def names_of(kinds: Sequence[DateKind]) -> dict[str, str]:
    """What staff call each kind, by its key."""
    return {each.key: each.name for each in (*BUILT_IN, *kinds)}
