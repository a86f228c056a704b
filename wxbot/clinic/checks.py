"""What may be entered for each part of the clinic, in words to show beside the field. Pure.

Every function returns field → what is wrong and how to mend it; empty when all is well. The files are held against
the same bounds by config/schemas.py and config/checks.py.
"""

import re
from collections.abc import Collection, Iterable
from datetime import date, time, timedelta
from itertools import pairwise

from wxbot.clinic.bundles import bundle_problems, untrained
from wxbot.clinic.field_checks import LONGEST_NAME, TICK_MINUTES, days, id_problems, long, numbers, texts
from wxbot.clinic.models import Block, Clinic, Closure, Practitioner, Room, SendingRules, VisitType, Weekday, YearTable
from wxbot.clinic.parts import BookingRules, Profile
from wxbot.clinic.resource_checks import course_problems, kinds_problems, needs_problems, windows_problems

DAY_NAMES = dict(zip(Weekday, ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), strict=True))
LONGEST_CLOSURE = timedelta(days=366)
MOST_BLOCKS = 6  # on one day; more is a slip
HIGHEST_PRICE = 1_000_000  # yuan; more is a slip

_PHONE = re.compile(r"[0-9+][0-9 \-()]{2,19}")

# What a number may be, with its unit: field → (name, lowest, highest, unit).
BOOKING_BOUNDS = {
    "horizon_days": ("最多可提前预约的天数", 1, 365, "天"),
    "lead_minutes": ("最晚提前预约的时间", 0, 10080, "分钟"),
    "slot_minutes": ("号源间隔", 5, 120, "分钟"),
    "assume_attended_after_minutes": ("视为已到诊的时间", 0, 10080, "分钟"),
}
SENDING_BOUNDS = {
    "marketing_share_percent": ("营销消息占比", 0, 100, "%"),
    "marketing_per_30_days": ("每30天营销消息", 0, 30, "条"),
    "care_per_day": ("每天关怀消息", 1, 20, "条"),
    "recovery_days": ("术后恢复期", 0, 365, "天"),
    "decline_days": ("拒绝后的等待期", 0, 730, "天"),
    "pace_per_hour": ("每小时推送", 1, 3600, "条"),
}


def profile_problems(profile: Profile) -> dict[str, str]:
    """Name, address, phone and privacy contact."""
    problems = texts(
        {
            "name": (profile.name, "诊所名称", LONGEST_NAME),
            "address": (profile.address, "地址", 120),
            "phone": (profile.phone, "电话", 20),
            "privacy_contact": (profile.privacy_contact, "隐私联系方式", 120),
        }
    )
    if "phone" not in problems and not _PHONE.fullmatch(profile.phone):
        problems["phone"] = "电话只能有数字、空格、短横线和括号，例如 010-0000-0000。"
    return problems


def rules_problems(rules: BookingRules) -> dict[str, str]:
    """The rules of booking."""
    problems = numbers(rules, BOOKING_BOUNDS)
    if "slot_minutes" not in problems and rules.slot_minutes % TICK_MINUTES:
        problems["slot_minutes"] = f"号源间隔要是 {TICK_MINUTES} 分钟的倍数。"
    return problems


def sending_problems(rules: SendingRules) -> dict[str, str]:
    """Quiet hours, caps and pace. Quiet hours that leave less than four hours a day would hold everything back."""
    problems = numbers(rules, SENDING_BOUNDS)
    start, end = _minutes(rules.quiet_start), _minutes(rules.quiet_end)
    if (end - start) % (24 * 60) > 20 * 60:
        problems["quiet_end"] = "免打扰时段太长：一天至少要留 4 个小时可以发送。"
    return problems


def room_problems(room: Room, clinic: Clinic, *, new: bool) -> dict[str, str]:
    """A room among the others."""
    problems = texts({"name": (room.name, "诊室名称", LONGEST_NAME), "id": (room.id, "编号", 64)})
    long(problems, "note", room.note, "备注")
    others = [each for each in clinic.rooms if each.id != room.id]
    if new and clinic.room(room.id) is not None:
        problems["id"] = "已有这个编号的诊室，请换一个。"
    if room.name in {each.name for each in others}:
        problems["name"] = f"已有名为「{room.name}」的诊室。"
    return problems | kinds_problems(room, clinic)


def visit_type_problems(kind: VisitType, clinic: Clinic, *, new: bool, aftercare: Collection[str]) -> dict[str, str]:
    """A visit type among the others; `aftercare` are the treatments that a care plan describes."""
    problems = texts({"name": (kind.name, "项目名称", LONGEST_NAME)})
    long(problems, "bring", kind.bring, "就诊提示")
    problems |= id_problems(kind.id, taken=new and clinic.visit_type(kind.id) is not None, what="项目")
    others = [each for each in clinic.visit_types if each.id != kind.id]
    if kind.name in {each.name for each in others}:
        problems["name"] = f"已有名为「{kind.name}」的项目。"
    if not 5 <= kind.minutes <= 480 or kind.minutes % TICK_MINUTES:  # noqa: PLR2004 - as config/schemas.py has it
        problems["minutes"] = "时长在 5 到 480 分钟之间，且是 5 的倍数。"
    problems |= _price_problems(kind) | needs_problems(kind, clinic) | windows_problems(kind, clinic)
    problems |= bundle_problems(kind, clinic) | course_problems(kind)
    if kind.aftercare is not None and kind.aftercare not in aftercare:
        problems["aftercare"] = "没有这样的术后关怀计划，请从列表中选择。"
    taken = {word: each.name for each in others for word in (each.name, *each.also)}
    shared = next((word for word in kind.also if word in taken), None)
    if shared is not None:
        problems["also"] = f"「{shared}」已是项目「{taken[shared]}」的说法，患者说的时候会分不清。"
    return problems


def _price_problems(kind: VisitType) -> dict[str, str]:
    problems = {}
    for name in ("price_from", "price_to"):
        price = getattr(kind, name)
        if price is not None and not 0 <= price <= HIGHEST_PRICE:
            problems[name] = f"价格在 0 到 {HIGHEST_PRICE} 元之间，写整数。"
    if not problems and kind.price_from is not None and kind.price_to is not None and kind.price_to < kind.price_from:
        problems["price_to"] = "最高价格不能低于最低价格。"
    if kind.price_until is not None:
        problems |= days({"price_until": kind.price_until})
        if kind.price_from is None and kind.price_to is None:
            problems.setdefault("price_until", "先填写价格，再填有效期。")
    return problems


def practitioner_problems(person: Practitioner, clinic: Clinic, *, new: bool) -> dict[str, str]:
    """A practitioner: who, where and what. Hours have their own check."""
    problems = texts(
        {
            "name": (person.name, "姓名", LONGEST_NAME),
            "title": (person.title, "职称", LONGEST_NAME),
            "speciality": (person.speciality, "专业", LONGEST_NAME),
        }
    )
    long(problems, "bio", person.bio, "简介")
    problems |= id_problems(person.id, taken=new and clinic.practitioner(person.id) is not None, what="医生")
    if person.name in {each.name for each in clinic.practitioners if each.id != person.id}:
        problems["name"] = f"已有名为「{person.name}」的医生。同名时请加以区分，例如「{person.name}（儿牙）」。"
    room = clinic.room(person.room)
    if room is None:
        problems["room"] = "请选择一间诊室。没有合适的，请先到「诊室」里添加。"
    elif room.retired and not person.retired:
        problems["room"] = f"「{room.name}」已停用，请另选一间。"
    unknown = [each for each in person.visit_types if clinic.visit_type(each) is None]
    if unknown:
        problems["visit_types"] = f"没有这个项目：{'、'.join(unknown)}。"
    elif not person.visit_types and not person.retired:
        problems["visit_types"] = "请至少选择一个项目，否则患者约不到这位医生。"
    elif bundle := untrained(person, clinic):
        problems["visit_types"] = bundle
    return problems | hours_problems(person.hours)


def hours_problems(hours: Iterable[Block]) -> dict[str, str]:
    """Blocks that end before they begin or overlap; the field is hours.<day>."""
    by_day: dict[Weekday, list[Block]] = {}
    for block in hours:
        by_day.setdefault(block.day, []).append(block)
    problems: dict[str, str] = {}
    for day, blocks in by_day.items():
        words = _day_problem(DAY_NAMES[day], sorted(blocks, key=lambda block: block.start))
        if words is not None:
            problems[f"hours.{day.value}"] = words
    return problems


def closure_problems(closure: Closure, clinic: Clinic) -> dict[str, str]:
    """A closure: days in order, a reason, somebody who works here."""
    problems = texts({"reason": (closure.reason, "原因", LONGEST_NAME)})
    problems |= days({"first": closure.first, "last": closure.last})
    if closure.last < closure.first:
        problems["last"] = "结束日期不能早于开始日期。"
    elif closure.last - closure.first > LONGEST_CLOSURE:
        problems["last"] = "一次休诊最长一年。长期不出诊请在医生资料里选择「停用」。"
    whose = closure.practitioner_id
    if whose is not None and clinic.practitioner(whose) is None:
        problems["practitioner_id"] = "没有这位医生。"
    return problems


def year_table_problems(table: YearTable) -> dict[str, str]:
    """A year's arrangement: days of that year, each once; work days on weekends, and not too many of anything."""
    far = days({"days": date(table.year, 1, 1)})
    if far:
        return far
    if not table.days:
        return {"days": "没有读到任何日期。每行一天，例如：2027-02-06 休 春节"}
    seen: set[date] = set()
    for each in table.days:
        if each.day.year != table.year:
            return {"days": f"{each.day.isoformat()} 不在 {table.year} 年。请一次只录入一年。"}
        if each.day in seen:
            return {"days": f"{each.day.isoformat()} 出现了两次，请只保留一行。"}
        seen.add(each.day)
    return {}


def _day_problem(name: str, blocks: list[Block]) -> str | None:
    if len(blocks) > MOST_BLOCKS:
        return f"{name}的时段太多，一天最多 {MOST_BLOCKS} 段。"
    for block in blocks:
        if block.end <= block.start:
            return f"{name} {_span(block)}：结束时间要晚于开始时间。"
    for block, following in pairwise(blocks):
        if following.start < block.end:
            return f"{name}的 {_span(block)} 和 {_span(following)} 重叠了，请错开或合并。"
    return None


def _span(block: Block) -> str:
    return f"{block.start:%H:%M}–{block.end:%H:%M}"


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute
