"""The clinic as config/clinic.toml has it, so that what was set in the console can go back to files. Pure."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date, time
from typing import Any

from wxbot.clinic.models import Block, BookingWindow, Clinic, Course, Practitioner, SendingRules, VisitType, Weekday
from wxbot.clinic.year_tables import line_of

HEAD = (
    "# 诊所资料，由控制台导出。改好后运行 `wxbot check`，它会用大白话说明哪里不对。",
    "# The time zone is a setting (WXBOT_TIMEZONE).",
)
PLAIN = (
    "name",
    "address",
    "phone",
    "privacy_contact",
    "horizon_days",
    "lead_minutes",
    "slot_minutes",
    "closed_on_statutory_holidays",
    "assume_attended_after_minutes",
)
VISIT_TYPE = (
    "id",
    "name",
    "minutes",
    "aftercare",
    "bring",
    "also",
    "price_from",
    "price_to",
    "price_until",
    "price_by",
    "before_minutes",
    "after_minutes",
    "room_kind",
    "devices",
    "parts",
    "retired",
)
WINDOWS = ("window", "new_window")


def clinic_toml(clinic: Clinic) -> str:
    """The whole file. Reading it gives the same clinic again."""
    lines = [*HEAD, "", *(_line(name, getattr(clinic, name)) for name in PLAIN)]
    lines += [
        "",
        "[sending]",
        *(_line(name, getattr(clinic.sending, name)) for name in SendingRules.__dataclass_fields__),
    ]
    for kind in clinic.visit_types:
        lines += [
            "",
            "[[visit_types]]",
            *_lines(kind, VISIT_TYPE),
            *_windows(kind),
            *_course(kind),
        ]
    for room in clinic.rooms:
        lines += ["", "[[rooms]]", *_lines(room, ("id", "name", "note", "kinds", "retired"))]
    for device in clinic.devices:
        lines += ["", "[[devices]]", *_lines(device, ("id", "name", "kind", "note", "retired"))]
    for person in clinic.practitioners:
        lines += ["", *_practitioner(person)]
    for closure in clinic.closures:
        lines += ["", "[[closures]]", *_lines(closure, ("first", "last", "reason", "practitioner_id"))]
    for table in clinic.holidays:
        days = ",\n".join(f"    {_value(line_of(each))}" for each in table.days)
        lines += ["", "[[holidays]]", _line("year", table.year), f"days = [\n{days},\n]"]
    return "\n".join(lines) + "\n"


def _practitioner(person: Practitioner) -> Iterator[str]:
    yield "[[practitioners]]"
    yield from _lines(person, ("id", "name", "title", "speciality", "room"))
    yield _line("visit_types", person.visit_types)
    yield from _lines(person, ("photo", "bio", "retired"))
    yield ""
    yield "[practitioners.hours]"
    for day in Weekday:
        spans = [_span(block) for block in person.hours if block.day is day]
        if spans:
            yield _line(day.value, tuple(spans))
    for dated in person.dated:
        spans = [f"{start:%H:%M}-{end:%H:%M}" for start, end in dated.spans]
        yield from ("", "[[practitioners.dated]]", _line("day", dated.day), _line("spans", tuple(spans)))
        yield from _lines(dated, ("reason",))


def _windows(kind: VisitType) -> Iterator[str]:
    """Its booking windows as inline tables; one that changes nothing is left out."""
    for name in WINDOWS:
        window: BookingWindow | None = getattr(kind, name)
        if window is None or (name == "window" and window == BookingWindow()):
            continue
        fields = ", ".join(_lines(window, BookingWindow.__dataclass_fields__))
        yield f"{name} = {{ {fields} }}" if fields else f"{name} = {{}}"


def _course(kind: VisitType) -> Iterator[str]:
    """Its course as an inline table."""
    if kind.course is not None:
        parts = ", ".join(_line(name, getattr(kind.course, name)) for name in Course.__dataclass_fields__)
        yield f"course = {{ {parts} }}"


def _span(block: Block) -> str:
    return f"{block.start:%H:%M}-{block.end:%H:%M}"


def _lines(thing: Any, names: Iterable[str]) -> Iterator[str]:
    """A line per field that differs from its default; what is empty says nothing."""
    defaults = {field.name: field.default for field in fields(thing)}
    for name in names:
        value = getattr(thing, name)
        if value not in (defaults[name], None, "", ()):
            yield _line(name, value)


def _line(name: str, value: Any) -> str:
    return f"{name} = {_value(value)}"


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case time():
            return f'"{value:%H:%M}"'
        case date():
            return value.isoformat()
        case tuple():
            return f"[{', '.join(_value(each) for each in value)}]"
        case str():
            return _text(value)
    return str(value)


def _text(text: str) -> str:
    """A basic string: JSON's escapes are TOML's, but for the one control character JSON leaves as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
