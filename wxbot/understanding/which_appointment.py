"""Which of the appointments that stand is meant, and the hour that a change against it gives. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from wxbot.understanding.models import DayWords, Relationship, Shift, TimeWords, Which

AROUND = timedelta(minutes=45)  # 三点左右 may be a visit at half past two
PARTS = {  # the hours of the parts of the day, from and before; they overlap, as people use them
    "凌晨": (0, 6),
    "上午": (5, 12),
    "中午": (11, 14),
    "下午": (12, 19),
    "晚上": (17, 24),
}


@dataclass(frozen=True, kw_only=True)
class StandingAppointment:
    """An appointment as far as patients name it. `start` is local, by the clinic's clock."""

    id: str
    start: datetime
    visit_type_id: str
    practitioner_id: str


def matching_appointments(
    which: Which, standing: Sequence[StandingAppointment]
) -> tuple[StandingAppointment, ...]:
    """Those that are meant, by time; all of them where nothing was said. A number counts among all, by time."""
    by_time = sorted(standing, key=lambda each: (each.start, each.id))
    if which.ordinal is not None:
        by_time = by_time[which.ordinal - 1 : which.ordinal] if which.ordinal > 0 else []
    return tuple(each for each in by_time if _fits(which, each))


def shifted(shift: Shift, start: datetime) -> datetime | None:
    """The hour that a change gives to a local start, by the wall clock; None when only the direction was said."""
    if shift.by is None:
        return None
    try:
        return start + shift.by
    except OverflowError:
        return None


def in_part(part: str, clock: time) -> bool:
    """Whether a time of day belongs to 上午, 下午 … as patients say it."""
    first, before = PARTS.get(part, (0, 24))
    return first <= clock.hour < before


def _fits(which: Which, appointment: StandingAppointment) -> bool:
    """Of several that were named of one kind, one has to fit; of each kind that was named, one."""
    day, clock = appointment.start.date(), appointment.start.time()
    return all(
        (
            not which.visit_types or appointment.visit_type_id in which.visit_types,
            not which.practitioners or appointment.practitioner_id in which.practitioners,
            not which.days or any(_on(mention, day) for mention in which.days),
            not which.times or any(_at(mention, clock) for mention in which.times),
        )
    )


def _on(mention: DayWords, day: date) -> bool:
    if not mention.days:
        return False
    if mention.relationship is Relationship.FROM:
        return day >= mention.days[0]
    if mention.relationship is Relationship.UNTIL:
        return day <= mention.days[-1]
    return day in mention.days


def _at(mention: TimeWords, clock: time) -> bool:
    if not mention.times:
        return mention.part is None or in_part(mention.part, clock)
    minutes = _minutes(clock)
    named = [_minutes(each) for each in mention.times]
    if mention.relationship is Relationship.FROM:
        return minutes >= min(named)
    if mention.relationship is Relationship.UNTIL:
        return minutes <= max(named)
    if mention.relationship is Relationship.AROUND:
        return any(abs(minutes - each) * timedelta(minutes=1) <= AROUND for each in named)
    if mention.relationship is Relationship.BETWEEN:
        bounds = zip(named, map(_minutes, mention.until), strict=False)
        return any(first <= minutes <= last for first, last in bounds)
    return minutes in named


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute
