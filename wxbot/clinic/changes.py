"""What differs between two versions of a part, in words for the audit and for editors of the same part. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date, time
from itertools import groupby
from typing import Any

from wxbot.clinic.checks import DAY_NAMES
from wxbot.clinic.models import Block, BookingWindow, Clinic, Course, DatedHours, SpecialDay

LABELS: Mapping[str, str] = {
    "name": "名称",
    "address": "地址",
    "phone": "电话",
    "privacy_contact": "隐私联系方式",
    "horizon_days": "最多提前天数",
    "lead_minutes": "最晚提前分钟",
    "slot_minutes": "号源间隔",
    "closed_on_statutory_holidays": "法定节假日休息",
    "assume_attended_after_minutes": "视为已到诊分钟",
    "quiet_start": "免打扰开始",
    "quiet_end": "免打扰结束",
    "marketing_share_percent": "营销占比",
    "marketing_per_30_days": "每30天营销条数",
    "care_per_day": "每天关怀条数",
    "recovery_days": "术后恢复期",
    "decline_days": "拒绝后等待期",
    "pace_per_hour": "每小时推送条数",
    "note": "备注",
    "retired": "停用",
    "minutes": "时长",
    "aftercare": "术后关怀",
    "bring": "就诊提示",
    "also": "别名",
    "price_from": "最低价格",
    "price_to": "最高价格",
    "price_until": "价格有效到",
    "price_by": "谁可以报价",
    "before_minutes": "准备时间",
    "after_minutes": "整理时间",
    "room_kind": "需要的诊室",
    "devices": "需要的设备",
    "window": "预约规则",
    "new_window": "初诊预约规则",
    "parts": "组合的项目",
    "course": "疗程",
    "kinds": "诊室用途",
    "kind": "设备种类",
    "dated": "个别日期的出诊时间",
    "title": "职称",
    "speciality": "专业",
    "room": "诊室",
    "visit_types": "项目",
    "hours": "出诊时间",
    "photo": "照片",
    "bio": "简介",
    "first": "开始日期",
    "last": "结束日期",
    "reason": "原因",
    "practitioner_id": "医生",
    "days": "日期",
}
LONGEST = 200  # characters of one value
NOTHING = "（空）"


def changes_between(before: Any, after: Any, clinic: Clinic) -> dict[str, tuple[str, str]]:
    """Label → (old, new) for every field that differs; `before` or `after` None is a part added or removed."""
    one = after if after is not None else before
    changes: dict[str, tuple[str, str]] = {}
    for field in fields(one):
        old = None if before is None else getattr(before, field.name)
        new = None if after is None else getattr(after, field.name)
        if old != new and field.name in LABELS:
            changes[LABELS[field.name]] = (_words(field.name, old, clinic), _words(field.name, new, clinic))
    return changes


def hours_words(hours: Iterable[Block]) -> str:
    """The week on one line, e.g. 周一 09:00–12:00 13:30–18:00；周二 09:00–12:00."""
    order = list(DAY_NAMES)
    ordered = sorted(hours, key=lambda block: (order.index(block.day), block.start))
    days = (
        f"{DAY_NAMES[day]} " + " ".join(f"{block.start:%H:%M}–{block.end:%H:%M}" for block in blocks)
        for day, blocks in groupby(ordered, key=lambda block: block.day)
    )
    return "；".join(days)


def _words(name: str, value: Any, clinic: Clinic) -> str:
    words = _plain(name, value, clinic)
    return words[: LONGEST - 1] + "…" if len(words) > LONGEST else words or NOTHING


def _plain(name: str, value: Any, clinic: Clinic) -> str:  # noqa: C901, PLR0911 - one line a kind of value
    match name, value:
        case _, None:
            return ""
        case _, bool():
            return "是" if value else "否"
        case "room", str():
            return clinic.room_name(value)
        case "practitioner_id", str():
            return next((each.name for each in clinic.practitioners if each.id == value), str(value))
        case "visit_types" | "parts", tuple():
            names = {each.id: each.name for each in clinic.visit_types}
            return "、".join(str(names.get(each, each)) for each in value)
        case "hours", tuple():
            return hours_words(value)
        case "photo", str():
            return value[:8]
        case _, time():
            return f"{value:%H:%M}"
        case _, date():
            return value.isoformat()
        case _, tuple():
            return "、".join(_item_words(each) for each in value)
        case _, BookingWindow():
            return window_words(value)
        case _, Course():
            return course_words(value)
    return str(value)


def window_words(window: BookingWindow) -> str:
    """至少提前120分钟，最多提前14天，当天的号约到16:00为止; empty where the clinic's own rules hold."""
    words = []
    if window.lead_minutes is not None:
        words.append(f"至少提前{window.lead_minutes}分钟")
    if window.horizon_days is not None:
        words.append(f"最多提前{window.horizon_days}天")
    if window.same_day_until is not None:
        words.append(f"当天的号约到{window.same_day_until:%H:%M}为止")
    return "，".join(words)


def course_words(course: Course) -> str:
    """每28±3天，共6次."""
    play = f"±{course.within_days}" if course.within_days else ""
    return f"每{course.every_days}{play}天，共{course.times}次"


def dated_words(dated: DatedHours) -> str:
    """2027-02-05 09:00–12:00 加班, 2027-02-06 不出诊."""
    spans = " ".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in dated.spans) or "不出诊"
    return f"{dated.day.isoformat()} {spans} {dated.reason}".rstrip()


def _item_words(item: Any) -> str:
    match item:
        case SpecialDay():
            return _day_words(item)
        case DatedHours():
            return dated_words(item)
    return str(item)


def _day_words(special: SpecialDay) -> str:
    return f"{special.day:%m-%d}{'休' if special.off else '班'}"
