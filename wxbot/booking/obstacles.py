"""Why an hour is not offered: every reason, in words for staff, and which resource is busy until when. Pure.

No obstacle means that the hour is offered and free, by the same plan, window and claims that `availability` reads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from wxbot.booking.models import Booker
from wxbot.booking.needs import Choice
from wxbot.booking.offered_hours import OfferedHours, busy_ticks, opening_around
from wxbot.booking.sentences import clock_words, practitioner_words
from wxbot.booking.taken import Taken
from wxbot.booking.ticks import device_of, room_of
from wxbot.booking.windows import STAFF_HORIZON_DAYS, Bookable, grid_minutes
from wxbot.clinic.hours import Absence, day_off, hours_on
from wxbot.clinic.models import Clinic, Practitioner, PractitionerId, VisitType
from wxbot.labels import LabelledEnum


class ObstacleKind(LabelledEnum):
    """Why an hour cannot be booked."""

    NOT_OFFERED = ("not_offered", "不做这个项目")
    PAST = ("past", "时间已过")
    LEAD_TIME = ("lead_time", "离就诊太近")
    CUT_OFF = ("cut_off", "当天的号已停约")
    HORIZON = ("horizon", "还没有放号")
    CLOSURE = ("closure", "休诊")
    HOLIDAY = ("holiday", "法定节假日")
    DAY_OFF = ("day_off", "当天不出诊")
    OUTSIDE_HOURS = ("outside_hours", "不在出诊时间")
    OFF_GRID = ("off_grid", "不是起始时间")
    PRACTITIONER_BUSY = ("practitioner_busy", "医生有预约")
    ROOM_BUSY = ("room_busy", "诊室占用")
    ROOM_MISSING = ("room_missing", "没有这类诊室")
    DEVICE_BUSY = ("device_busy", "设备占用")
    DEVICE_MISSING = ("device_missing", "没有这类设备")
    PATIENT_BUSY = ("patient_busy", "患者已有预约")


WHOLE_DAY = {
    Absence.CLOSURE: ObstacleKind.CLOSURE,
    Absence.HOLIDAY: ObstacleKind.HOLIDAY,
    Absence.DATED: ObstacleKind.DAY_OFF,
}
BUSY = frozenset({ObstacleKind.PRACTITIONER_BUSY, ObstacleKind.ROOM_BUSY, ObstacleKind.DEVICE_BUSY})
"""What staff may overbook: the hour is offered, but somebody has it."""


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """One reason why an hour is not offered. `words` are a Chinese sentence for staff.

    `practitioner_id` is None where it is the same for everybody; `resource` and `until` are given where one is busy.
    """

    kind: ObstacleKind
    words: str
    practitioner_id: PractitionerId | None = None
    resource: str = ""
    until: datetime | None = None  # aware UTC: free again from then on


def obstacles(  # noqa: PLR0913 - each a plain fact, the last three by name
    hours: OfferedHours,
    practitioner: Practitioner,
    visit_type: VisitType,
    start: datetime,
    *,
    taken: Taken,
    now: datetime,
    booker: Booker,
) -> tuple[Obstacle, ...]:
    """Every reason why that practitioner is not offered for the visit type at that moment; none: it can be booked."""
    clinic = hours.clinic
    if visit_type.id not in practitioner.visit_types or practitioner.retired:
        words = f"{practitioner_words(practitioner)}不做{visit_type.name}。"
        return (Obstacle(kind=ObstacleKind.NOT_OFFERED, words=words, practitioner_id=practitioner.id),)
    return (
        *window_obstacles(clinic, visit_type, start, now, booker),
        *_hours_obstacles(hours, practitioner, visit_type, start, booker),
        *_busy_obstacles(hours, practitioner, visit_type, start, taken, now),
    )


def window_obstacles(
    clinic: Clinic, visit_type: VisitType, start: datetime, now: datetime, booker: Booker
) -> Iterator[Obstacle]:
    """What the booking window says: past, too soon, after the cut-off, too far ahead."""
    bookable = Bookable.at(clinic, now, visit_type, booker)
    day = start.astimezone(clinic.timezone).date()
    if start < now:
        yield Obstacle(kind=ObstacleKind.PAST, words="这个时间已经过去了。")
    elif start < bookable.earliest:
        words = f"患者至少要提前{bookable.lead_minutes}分钟预约。"
        yield Obstacle(kind=ObstacleKind.LEAD_TIME, words=words)
    if start >= now and day == bookable.today and bookable.today_closed:
        yield Obstacle(kind=ObstacleKind.CUT_OFF, words="当天的号已过截止时间，患者最早可约明天。")
    if day > bookable.last:
        words = f"患者最多可约到{bookable.last.month}月{bookable.last.day}日。"
        if booker is Booker.STAFF:
            words = f"最多可约到{STAFF_HORIZON_DAYS}天以内，请核对年份。"
        yield Obstacle(kind=ObstacleKind.HORIZON, words=words)


def day_obstacles(  # noqa: PLR0913 - each a plain fact, the last two by name
    hours: OfferedHours,
    practitioners: Sequence[Practitioner],
    visit_type: VisitType,
    day: date,
    *,
    now: datetime,
    booker: Booker,
) -> tuple[Obstacle, ...]:
    """Why nothing can be booked on a local day, whatever is taken; none: what there was is taken.

    A day is past, too soon, after the cut-off or too far ahead where its last hour is; else nobody receives then.
    """
    clinic = hours.clinic
    grid = grid_minutes(clinic, booker)
    planned = [each.start for who in practitioners for each in hours.of_one(who, visit_type, day, grid).slots()]
    midnight = datetime.combine(day, time(23, 59), clinic.timezone)
    outside = tuple(window_obstacles(clinic, visit_type, max(planned, default=midnight), now, booker))
    if outside or planned:
        return outside
    return tuple(_absence(clinic, who, visit_type, day) for who in practitioners)


def _absence(clinic: Clinic, practitioner: Practitioner, visit_type: VisitType, day: date) -> Obstacle:
    """Why somebody has no hour for the visit type on a local day: away, or no stretch that is long enough."""
    who = practitioner_words(practitioner)
    off = day_off(clinic, practitioner, day)
    spans = hours_on(practitioner, day)
    if off is not None:
        kind = WHOLE_DAY[off.why]
        words = f"{who}{day.month}月{day.day}日{kind.label}" + (f"：{off.reason}。" if off.reason else "。")
    elif spans:
        kind, words = ObstacleKind.OUTSIDE_HOURS, f"{who}当天的出诊时间不够做{visit_type.name}。"
    else:
        kind, words = ObstacleKind.DAY_OFF, f"{who}{day.month}月{day.day}日不出诊。"
    return Obstacle(kind=kind, words=words, practitioner_id=practitioner.id)


def _hours_obstacles(
    hours: OfferedHours, practitioner: Practitioner, visit_type: VisitType, start: datetime, booker: Booker
) -> Iterator[Obstacle]:
    """What the plan says: a closure, a holiday, other hours, another grid."""
    clinic, who = hours.clinic, practitioner_words(practitioner)
    day = start.astimezone(clinic.timezone).date()

    def because(kind: ObstacleKind, words: str) -> Obstacle:
        return Obstacle(kind=kind, words=words, practitioner_id=practitioner.id)

    if day_off(clinic, practitioner, day) is not None:
        yield _absence(clinic, practitioner, visit_type, day)
        return
    grid = grid_minutes(clinic, booker)
    planned = hours.of_one(practitioner, visit_type, day, grid)
    if planned.at(start) is not None:
        return
    end = start + timedelta(minutes=visit_type.minutes)
    if opening_around(clinic, practitioner, start, end) is None:
        spans = "、".join(f"{first:%H:%M}–{last:%H:%M}" for first, last in sorted(hours_on(practitioner, day)))
        told = f"当天出诊 {spans}，{visit_type.name}要{visit_type.minutes}分钟。" if spans else "当天不出诊。"
        yield because(ObstacleKind.OUTSIDE_HOURS, f"不在{who}的出诊时间内：{told}")
        return
    near = sorted((each.start for each in planned.slots()), key=lambda each: abs(each - start))[:2]
    shown = "、".join(f"{each.astimezone(clinic.timezone):%H:%M}" for each in sorted(near))
    yield because(ObstacleKind.OFF_GRID, f"每{grid}分钟一个起始时间，最近的是 {shown}。")


def _busy_obstacles(  # noqa: PLR0913, PLR0917 - each a plain fact
    hours: OfferedHours,
    practitioner: Practitioner,
    visit_type: VisitType,
    start: datetime,
    taken: Taken,
    now: datetime,
) -> Iterator[Obstacle]:
    """Who or what is busy then, preparation and cleaning up included, and until when."""
    needs, span, clinic = hours.needs(practitioner, visit_type), busy_ticks(visit_type, start), hours.clinic
    free_again = taken.free_again(needs.practitioner, span)
    if free_again is not None:
        until = clock_words(free_again, clinic.timezone, now)
        yield Obstacle(
            kind=ObstacleKind.PRACTITIONER_BUSY,
            words=f"{practitioner_words(practitioner)}有预约，{until}起有空（含准备和整理时间）。",
            practitioner_id=practitioner.id,
            resource=needs.practitioner,
            until=free_again,
        )
    chosen: set[str] = set()
    for choice in needs.choices:
        room = choice is needs.room
        left = [each for each in choice.resources if each not in chosen]
        if not left:
            kind = ObstacleKind.ROOM_MISSING if room else ObstacleKind.DEVICE_MISSING
            what = f"可用的{choice.kind}" if not chosen.intersection(choice.resources) else f"第二台{choice.kind}"
            yield Obstacle(kind=kind, words=f"诊所没有{what}。", practitioner_id=practitioner.id)
            continue
        found = next((each for each in left if taken.free(each, span)), None)
        if found is not None:
            chosen.add(found)
            continue
        chosen.add(left[0])  # so that two of a kind are told apart
        yield _all_busy(clinic, practitioner, choice, left, room=room, span=span, taken=taken, now=now)


def _all_busy(  # noqa: PLR0913 - each a plain fact
    clinic: Clinic,
    practitioner: Practitioner,
    choice: Choice,
    left: list[str],
    *,
    room: bool,
    span: range,
    taken: Taken,
    now: datetime,
) -> Obstacle:
    ends = {each: moment for each in left if (moment := taken.free_again(each, span)) is not None}
    first = min(ends, key=lambda each: ends[each])
    until = clock_words(ends[first], clinic.timezone, now)
    name = resource_name(clinic, first)
    words = f"{name}已占用，{until}起空出。"
    if len(left) > 1:
        words = f"{choice.kind}都已占用，{name}{until}起空出。"
    kind = ObstacleKind.ROOM_BUSY if room else ObstacleKind.DEVICE_BUSY
    return Obstacle(kind=kind, words=words, practitioner_id=practitioner.id, resource=first, until=ends[first])


def resource_name(clinic: Clinic, resource: str) -> str:
    """What staff call a room or a device; of one that is gone, its id."""
    room = room_of(resource)
    if room is not None:
        return clinic.room_name(room)
    device = device_of(resource)
    return next((each.name for each in clinic.devices if each.id == device), str(device or resource))
