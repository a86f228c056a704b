"""How dates, hours and appointments read to patients, e.g. "11月20日 周五 下午2:30" (reference §10). Pure."""

from datetime import date, datetime, time, tzinfo
from functools import lru_cache

from wxbot.booking.models import Appointment
from wxbot.clinic.models import Clinic, Practitioner
from wxbot.understanding.vocabulary import HONORIFICS

WEEKDAY_NAMES = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")  # in the order of date.weekday()
MOST_REMEMBERED = 1_000  # days and clocks: every message with entries names some of the same few
NEAR_DAYS = ("今天", "明天", "后天")
# The part of the day an hour belongs to, by the first hour of each part.
PARTS_OF_DAY = ((18, "晚上"), (13, "下午"), (12, "中午"), (6, "上午"), (0, "凌晨"))


def day_words(day: date) -> str:
    """11月20日 周五."""
    return f"{day.month}月{day.day}日 {WEEKDAY_NAMES[day.weekday()]}"


@lru_cache(maxsize=MOST_REMEMBERED)
def near_day_words(day: date, today: date) -> str:
    """The same, led by 今天, 明天 or 后天 where one fits; with the year when it is far away."""
    ahead = (day - today).days
    if 0 <= ahead < len(NEAR_DAYS):
        return f"{NEAR_DAYS[ahead]} {day_words(day)}"
    return day_words(day) if abs(ahead) < 365 else f"{day.year}年{day_words(day)}"  # noqa: PLR2004 - a year of days


def part_of_day(clock: time) -> str:
    """上午, 中午, 下午, 晚上 or 凌晨."""
    return next(name for first, name in PARTS_OF_DAY if clock.hour >= first)


@lru_cache(maxsize=MOST_REMEMBERED)
def hour_words(clock: time) -> str:
    """下午2:30."""
    return f"{part_of_day(clock)}{_twelve(clock)}"


def moment_words(at: datetime, zone: tzinfo) -> str:
    """11月20日 周五 下午2:30."""
    local = at.astimezone(zone)
    return f"{day_words(local.date())} {hour_words(local.time())}"


def near_moment_words(at: datetime, zone: tzinfo, now: datetime) -> str:
    """明天 11月20日 周五 下午2:30."""
    local = at.astimezone(zone)
    return f"{near_day_words(local.date(), now.astimezone(zone).date())} {hour_words(local.time())}"


def clock_words(at: datetime, zone: tzinfo, now: datetime) -> str:
    """今天 13:30, 明天 9:00, 12月4日 周五 9:00: the day as people say it and the hour as a clock shows it."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    ahead = (local.date() - today).days
    day = NEAR_DAYS[ahead] if 0 <= ahead < len(NEAR_DAYS) else near_day_words(local.date(), today)
    return f"{day} {local.hour}:{local.minute:02d}"


def lead_words(minutes: int) -> str:
    """2天, 3小时, 90分钟: how long before the hour."""
    for unit, size in (("天", 24 * 60), ("小时", 60)):
        if minutes and minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}分钟"


def practitioner_words(practitioner: Practitioner) -> str:
    """The name as a patient says it: 陈医生, 王芳医生."""
    return practitioner.name if practitioner.name.endswith(HONORIFICS) else f"{practitioner.name}医生"


def appointment_words(appointment: Appointment, clinic: Clinic) -> str:
    """11月20日 周五 下午2:30 陈医生 洁牙; what left the clinic's file is left out."""
    practitioner = clinic.practitioner(appointment.practitioner_id)
    visit_type = clinic.visit_type(appointment.visit_type_id)
    words = [moment_words(appointment.start, clinic.timezone)]
    if practitioner is not None:
        words.append(practitioner_words(practitioner))
    if visit_type is not None:
        words.append(visit_type.name)
    if appointment.series is not None:
        words.append(series_words(appointment))
    return " ".join(words)


def series_words(appointment: Appointment) -> str:
    """疗程第2次/共6次; empty of a visit that is none of a series."""
    place = appointment.series
    return "" if place is None else f"疗程第{place.number}次/共{place.count}次"


def _twelve(clock: time) -> str:
    return f"{(clock.hour - 1) % 12 + 1}:{clock.minute:02d}"
