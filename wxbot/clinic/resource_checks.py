"""What may be entered of devices, kinds of rooms, needs of visit types, booking windows and single days. Pure.

Every function returns field → what is wrong and how to mend it, as those of `checks` do.
"""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from wxbot.clinic.field_checks import LONGEST_NAME, TICK_MINUTES, days, id_problems, long, texts
from wxbot.clinic.models import BookingWindow, Clinic, DatedHours, Device, Room, VisitType

MOST_BUFFER = 120  # minutes of preparation or cleaning up, as config/schemas.py has it
MOST_LEAD = 10_080  # minutes: a week
MOST_HORIZON = 365  # days
MOST_KINDS = 10  # of one room; more is a slip
MOST_SPANS = 6  # on one day; more is a slip
MOST_INTERVAL = 366  # days between two visits of a course
MOST_PLAY = 30  # days sooner or later
MOST_TIMES = 24  # visits of a course
LONGEST_COURSE = 700  # days from the first visit to the last: what staff may book ahead
A_DAY = 1440  # minutes


def device_problems(device: Device, clinic: Clinic, *, new: bool) -> dict[str, str]:
    """A device among the others; its kind stays while visit types need it and nothing else is of that kind."""
    problems = texts(
        {"name": (device.name, "设备名称", LONGEST_NAME), "kind": (device.kind, "种类", LONGEST_NAME)}
    ) | id_problems(device.id, taken=new and any(each.id == device.id for each in clinic.devices), what="设备")
    long(problems, "note", device.note, "备注")
    others = [each for each in clinic.devices if each.id != device.id]
    if device.name in {each.name for each in others}:
        problems["name"] = f"已有名为「{device.name}」的设备。"
    before = next((each for each in clinic.devices if each.id == device.id), None)
    if before is not None and before.kind != device.kind and (users := needing_device(before, clinic)):
        problems["kind"] = f"项目{_names(users)}需要「{before.kind}」，只有这一台。请先改那些项目。"
    return problems


def kinds_problems(room: Room, clinic: Clinic) -> dict[str, str]:
    """The kinds of a room; one that a visit type needs stays while no other room is of it."""
    if len(room.kinds) > MOST_KINDS:
        return {"kinds": f"一间诊室最多写 {MOST_KINDS} 种用途。"}
    overlong = next((kind for kind in room.kinds if len(kind) > LONGEST_NAME), None)
    if overlong is not None:
        return {"kinds": f"「{overlong[:10]}…」太长了，用途最多 {LONGEST_NAME} 个字。"}
    before = clinic.room(room.id)
    if before is None:
        return {}
    for kind in before.kinds:
        if kind not in room.kinds and (users := _needing_room(kind, before, clinic)):
            return {"kinds": f"项目{_names(users)}需要「{kind}」，只有这一间。请先改那些项目。"}
    return {}


def needing_room(room: Room, clinic: Clinic) -> tuple[VisitType, ...]:
    """The visit types in use that only this room serves."""
    return tuple(user for kind in room.kinds for user in _needing_room(kind, room, clinic))


def needing_device(device: Device, clinic: Clinic) -> tuple[VisitType, ...]:
    """The visit types in use that need a device of this kind, where it is the only one."""
    if any(each.kind == device.kind and each.id != device.id for each in clinic.devices):
        return ()
    return tuple(each for each in clinic.visit_types if device.kind in each.devices and not each.retired)


def needs_problems(kind: VisitType, clinic: Clinic) -> dict[str, str]:
    """Preparation and cleaning up, and the kinds of room and device that a visit type needs."""
    problems: dict[str, str] = {}
    for field, name in (("before_minutes", "准备时间"), ("after_minutes", "整理时间")):
        minutes = getattr(kind, field)
        if not 0 <= minutes <= MOST_BUFFER or minutes % TICK_MINUTES:
            problems[field] = f"{name}在 0 到 {MOST_BUFFER} 分钟之间，且是 {TICK_MINUTES} 的倍数。"
    if kind.room_kind and not any(kind.room_kind in room.kinds for room in clinic.rooms):
        problems["room_kind"] = f"没有一间诊室是「{kind.room_kind}」。请先到「诊室」里写上用途，否则约不到。"
    missing = [each for each in kind.devices if each not in {device.kind for device in clinic.devices}]
    if missing:
        problems["devices"] = f"还没有这种设备：{'、'.join(missing)}。请先到「设备」里添加，否则约不到。"
    return problems


def windows_problems(kind: VisitType, clinic: Clinic) -> dict[str, str]:
    """When patients may book it, everybody and those who were never here; fields start with `window_` and `new_`."""
    problems = _window_problems(kind.window, clinic, "window_")
    if kind.new_window is not None:
        problems |= _window_problems(kind.new_window, clinic, "new_")
    return problems


def dated_problems(dated: DatedHours, others: Iterable[DatedHours], today: date) -> dict[str, str]:
    """One day's own hours beside the other days of the same practitioner; spans are in order."""
    problems = days({"day": dated.day})
    if not problems and dated.day < today:
        problems["day"] = "这一天已经过去了。"
    if dated.day in {each.day for each in others}:
        problems.setdefault("day", "这一天已经填过了，请直接修改那一条。")
    if len(dated.reason) > LONGEST_NAME:
        problems["reason"] = f"原因最多 {LONGEST_NAME} 个字，现在有 {len(dated.reason)} 个。"
    if len(dated.spans) > MOST_SPANS:
        problems["spans"] = f"一天最多 {MOST_SPANS} 段。"
    for start, end in dated.spans:
        if end <= start:
            problems.setdefault("spans", f"{start:%H:%M}–{end:%H:%M}：结束时间要晚于开始时间。")
    for (_, end), (start, _) in pairwise(dated.spans):
        if start < end:
            problems.setdefault("spans", "时间段重叠了，请错开或合并。")
    return problems


def course_problems(kind: VisitType) -> dict[str, str]:
    """How a visit type is repeated: often enough to be a series, and not further than staff may book ahead."""
    course = kind.course
    if course is None:
        return {}
    if not 1 <= course.every_days <= MOST_INTERVAL:
        return {"course_every_days": f"间隔在 1 到 {MOST_INTERVAL} 天之间。"}
    if not 0 <= course.within_days < course.every_days or course.within_days > MOST_PLAY:
        return {"course_within_days": f"前后浮动要比间隔短，最多 {MOST_PLAY} 天。"}
    if not 2 <= course.times <= MOST_TIMES:  # noqa: PLR2004 - one visit is no series
        return {"course_times": f"疗程要有 2 到 {MOST_TIMES} 次。"}
    whole = (course.times - 1) * (course.every_days + course.within_days)
    if whole > LONGEST_COURSE:
        return {"course_times": f"整个疗程要 {whole} 天，最多能排 {LONGEST_COURSE} 天。"}
    return {}


def _window_problems(window: BookingWindow, clinic: Clinic, prefix: str) -> dict[str, str]:
    problems: dict[str, str] = {}
    lead = clinic.lead_minutes if window.lead_minutes is None else window.lead_minutes
    horizon = clinic.horizon_days if window.horizon_days is None else window.horizon_days
    if not 0 <= lead <= MOST_LEAD:
        problems[f"{prefix}lead_minutes"] = f"在 0 到 {MOST_LEAD} 分钟之间。"
    if not 1 <= horizon <= MOST_HORIZON:
        problems[f"{prefix}horizon_days"] = f"在 1 到 {MOST_HORIZON} 天之间。"
    if not problems and lead > horizon * A_DAY:
        at = f"{prefix}lead_minutes" if window.lead_minutes is not None else f"{prefix}horizon_days"
        problems[at] = f"至少提前 {lead} 分钟，却最多只能提前 {horizon} 天：这样谁也约不到。请放宽其中一项。"
    return problems


def _needing_room(kind: str, room: Room, clinic: Clinic) -> tuple[VisitType, ...]:
    if any(kind in each.kinds for each in clinic.rooms if each.id != room.id):
        return ()
    return tuple(each for each in clinic.visit_types if each.room_kind == kind and not each.retired)


def _names(users: Iterable[VisitType]) -> str:
    return "、".join(f"「{each.name}」" for each in users)
