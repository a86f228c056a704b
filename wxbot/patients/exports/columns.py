"""A patient as the cells of a row. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, tzinfo

from wxbot.patients import masking
from wxbot.patients.exports.models import Column
from wxbot.patients.hold_words import hold_text
from wxbot.patients.holds import standing
from wxbot.patients.models import Birthday, Calendar, Gender, Patient
from wxbot.patients.phones import spoken

_GENDERS: Mapping[Gender, str] = {Gender.FEMALE: "女", Gender.MALE: "男", Gender.UNKNOWN: ""}


def cells_of(patient: Patient, columns: Sequence[Column], zone: tzinfo, now: datetime) -> list[str]:
    """The text of each column; `now` says which tags and holds have run out."""
    today = now.astimezone(zone).date()
    readers: Mapping[Column, Callable[[], str]] = {
        Column.NAME: lambda: patient.name or "",
        Column.GENDER: lambda: _GENDERS[patient.gender],
        Column.BIRTHDAY: lambda: birthday_text(patient.birthday),
        Column.RECORD_NUMBER: lambda: patient.record_number or "",
        Column.MASKED_PHONE: lambda: masking.phone(patient.phone),
        Column.PHONE: lambda: spoken(patient.phone) if patient.phone else "",
        Column.IDENTITY: lambda: patient.identity or "",
        Column.TAGS: lambda: "、".join(tags_on(patient, today)),
        Column.NOTE: lambda: patient.note,
        Column.HOLD: lambda: "；".join(hold_text(each) for each in standing(patient.holds, now)),
        Column.SOURCE: lambda: source_text(patient.source),
        Column.CREATED: lambda: f"{patient.created_at.astimezone(zone):%Y-%m-%d %H:%M}",
    }
    return [readers[column]() for column in columns]


def birthday_text(birthday: Birthday | None) -> str:
    """A birthday in a form that our import reads: 1990-05-12, 农历1990年闰5月12日."""
    if birthday is None:
        return ""
    if birthday.calendar is Calendar.SOLAR:
        return f"{birthday.year:04d}-{birthday.month:02d}-{birthday.day:02d}"
    leap = "闰" if birthday.leap_month else ""
    return f"农历{birthday.year}年{leap}{birthday.month}月{birthday.day}日"


def tags_on(patient: Patient, today: date) -> list[str]:
    """The names of the tags that still count on that local day."""
    return [tag.name for tag in patient.tags if tag.expires_on is None or tag.expires_on >= today.isoformat()]


def source_text(source: str) -> str:
    """Who brought a record, in words."""
    kind = source.partition(":")[0]
    return {"self": "本人在微信", "staff": "员工建档", "import": "表格导入"}.get(kind, kind)
