"""Checks an audience, and describes it in one line. Pure."""

from collections.abc import Mapping
from datetime import date

from wxbot.broadcasts.models import Audience, AudienceKind
from wxbot.clinic.models import Clinic, VisitTypeId
from wxbot.days import DayError, read_day

MOST_PICKED = 500  # patients ticked, or telephones pasted, one by one
LONGEST_TAG = 20  # characters
MONTHS = range(1, 13)
LONGEST_SPAN_DAYS = 366  # of treatment days: a longer span selects nearly all patients

AUDIENCE_NAMES: Mapping[AudienceKind, str] = {
    AudienceKind.LIST: "从患者里挑选",
    AudienceKind.TAG: "按标签",
    AudienceKind.TREATMENT: "按做过的项目和日期",
    AudienceKind.BIRTHDAY: "按生日月份",
    AudienceKind.LAST_VISIT: "按最后一次就诊日期",
    AudienceKind.PHONES: "粘贴手机号",
    AudienceKind.ONE: "这一位患者",
}


def problems(audience: Audience, clinic: Clinic, today: date) -> dict[str, str]:  # noqa: PLR0911 - one kind each
    """What is wrong, field → words for staff. `today` is the local date."""
    match audience.kind:
        case AudienceKind.LIST | AudienceKind.ONE:
            return _picked(audience)
        case AudienceKind.TAG:
            return {} if 0 < len(audience.tag) <= LONGEST_TAG else {"tag": "请填写一个标签"}
        case AudienceKind.TREATMENT:
            return _kinds(audience, clinic) | _days(audience, today)
        case AudienceKind.BIRTHDAY:
            return {} if audience.month in MONTHS else {"month": "请选择月份"}
        case AudienceKind.LAST_VISIT:
            return _days(audience, today, most_days=None)
        case AudienceKind.PHONES:
            if not audience.phones:
                return {"phones": "请粘贴至少一个能识别的手机号，每行一个"}
            if len(audience.phones) > MOST_PICKED:
                return {"phones": f"一次最多 {MOST_PICKED} 个号码"}
            return {}


def _picked(audience: Audience) -> dict[str, str]:
    if not audience.patient_ids:
        return {"patient_ids": "请至少选一位患者"}
    if len(audience.patient_ids) > MOST_PICKED:
        return {"patient_ids": f"一次最多挑选 {MOST_PICKED} 位，更多请用标签"}
    return {}


def _kinds(audience: Audience, clinic: Clinic) -> dict[str, str]:
    if not audience.visit_types:
        return {"visit_types": "请至少选一个项目"}
    unknown = [each for each in audience.visit_types if clinic.visit_type(VisitTypeId(each)) is None]
    return {"visit_types": "有的项目已经不存在，请重新选择"} if unknown else {}


def _days(audience: Audience, today: date, most_days: int | None = LONGEST_SPAN_DAYS) -> dict[str, str]:
    found: dict[str, str] = {}
    days: dict[str, date] = {}
    for name, value in (("first_day", audience.first_day), ("last_day", audience.last_day)):
        try:
            days[name] = read_day(value)
        except DayError as error:
            found[name] = error.sentence
    if found:
        return found
    if days["first_day"] > days["last_day"]:
        return {"last_day": "结束日期不能早于开始日期"}
    if days["last_day"] > today:
        return {"last_day": "不能晚于今天"}
    if most_days is not None and (days["last_day"] - days["first_day"]).days >= most_days:
        return {"last_day": "最多选一年"}
    return {}


def describe(audience: Audience, clinic: Clinic) -> str:  # noqa: PLR0911 - one kind each
    """The audience in one line, for lists and the audit; without names and telephones."""
    match audience.kind:
        case AudienceKind.ONE:
            return "一位患者"
        case AudienceKind.LIST:
            return f"挑选的 {len(audience.patient_ids)} 位患者"
        case AudienceKind.TAG:
            return f"标签「{audience.tag}」"
        case AudienceKind.TREATMENT:
            kinds = [clinic.visit_type(VisitTypeId(each)) for each in audience.visit_types]
            names = "、".join(kind.name for kind in kinds if kind is not None)
            return f"{audience.first_day} 至 {audience.last_day} 做过{names}"
        case AudienceKind.BIRTHDAY:
            return f"{audience.month} 月过生日"
        case AudienceKind.LAST_VISIT:
            return f"最后一次就诊在 {audience.first_day} 至 {audience.last_day}"
        case AudienceKind.PHONES:
            return f"粘贴的 {len(audience.phones)} 个号码" if audience.phones else "粘贴的手机号"
