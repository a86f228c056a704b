"""How values are written on pages: clinic time, short dates, masked numbers. Registered as Jinja filters."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import jinja2

from wxbot.staff.permissions import ROLE_NAMES, Role

_WEEKDAYS = "一二三四五六日"
_MINUTE = 60
_HOUR = 3600
_DAY = 86400


@jinja2.pass_context
def local(context: Mapping[str, Any], moment: datetime | None) -> str:
    """A moment in clinic time: `11月24日 10:00`, with the year when it is not this one."""
    if moment is None:
        return ""
    there = moment.astimezone(context["zone"])
    year = "" if there.year == context["now"].astimezone(context["zone"]).year else f"{there.year}年"
    return f"{year}{there.month}月{there.day}日 {there:%H:%M}"


@jinja2.pass_context
def hour(context: Mapping[str, Any], moment: datetime | None) -> str:
    """Only the hour, in clinic time."""
    return "" if moment is None else f"{moment.astimezone(context['zone']):%H:%M}"


@jinja2.pass_context
def day(context: Mapping[str, Any], value: datetime | date | str | None) -> str:
    """A day: `11月24日 周二`, with the year when it is not this one."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    that = value.astimezone(context["zone"]).date() if isinstance(value, datetime) else value
    year = "" if that.year == context["now"].astimezone(context["zone"]).year else f"{that.year}年"
    return f"{year}{that.month}月{that.day}日 周{_WEEKDAYS[that.weekday()]}"


@jinja2.pass_context
def ago(context: Mapping[str, Any], moment: datetime | None) -> str:
    """How long ago, or in how long: `5分钟前`, `2天后`."""
    if moment is None:
        return ""
    apart: timedelta = context["now"] - moment
    seconds = abs(apart.total_seconds())
    after = "前" if apart >= timedelta(0) else "后"
    if seconds < _MINUTE:
        return "刚刚" if after == "前" else "马上"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)}分钟{after}"
    if seconds < _DAY:
        return f"{int(seconds // _HOUR)}小时{after}"
    return f"{int(seconds // _DAY)}天{after}"


def role_name(role: Role | str) -> str:
    """A role as staff call it."""
    return ROLE_NAMES[Role(role)]


FILTERS: Mapping[str, Callable[..., str]] = {
    "local": local,
    "hour": hour,
    "day": day,
    "ago": ago,
    "role_name": role_name,
}
