"""The form of a week of hours and its page: several blocks a day, a day copied to others. Shared by 出诊时间, 值班."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from typing import Any

from aiohttp import web

from wxbot.clinic.checks import DAY_NAMES
from wxbot.clinic.models import Block, Weekday
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import fragment, page
from wxbot.web.console.settings_forms import NOTHING_SINCE, Versioned, since

WORKDAYS = (Weekday.MON, Weekday.TUE, Weekday.WED, Weekday.THU, Weekday.FRI)
COPIES = {"workdays": WORKDAYS, "week": tuple(Weekday)}  # where a day's hours may be copied to


@dataclass(frozen=True)
class Day:
    """A day as the form shows it: rows of (start, end) as typed."""

    key: str
    name: str
    rows: tuple[tuple[str, str], ...]
    error: str


@dataclass(frozen=True)
class WeekPage:
    """The page that shows the form: its template, the address of the list it belongs to, and of an empty row."""

    template: str
    section: str
    rows: str

    async def show(  # noqa: PLR0913 - what the page shows
        self,
        request: web.Request,
        form: Form,
        kept: Versioned,
        hours: Iterable[Block],
        *,
        stale: bool = False,
        copied: str = "",
        **names: Any,
    ) -> web.StreamResponse:
        """The form over the stored `hours`; `stale` with what a colleague changed, `copied` with whose were copied."""
        return await page(
            request,
            self.template,
            form=form,
            kept=kept,
            days=[_day(form, day) for day in Weekday],
            since=since(form, kept, week_values(hours)) if stale else NOTHING_SINCE,
            copied=copied,
            section=self.section,
            rows=self.rows,
            **names,
        )

    async def empty_row(self, request: web.Request) -> web.StreamResponse:
        """One more empty row of a day; or nothing, in the place of a row that goes."""
        day = request.query.get("day", "")
        if day not in {each.value for each in Weekday}:
            return web.Response(text="", content_type="text/html")
        name = DAY_NAMES[Weekday(day)]
        return await fragment(request, "settings/_hours_row.html", key=day, name=name, row=("", ""), rows=self.rows)


def copied(form: Form) -> str:
    """Copy a day inside the form, where a button asked for it ("mon:week"); whose hours were copied, else nothing."""
    name, _, where = form.get("copy").partition(":")
    if where not in COPIES or name not in {each.value for each in Weekday}:
        return ""
    for day in COPIES[where]:
        if day.value != name:
            form.lists[f"start.{day.value}"] = list(form.all(f"start.{name}"))
            form.lists[f"end.{day.value}"] = list(form.all(f"end.{name}"))
    return DAY_NAMES[Weekday(name)]


def typed_blocks(form: Form) -> tuple[Block, ...]:
    """The blocks as typed; empty rows do not count. Raises FieldErrors (hours.<day>) for one that is not complete."""
    blocks: list[Block] = []
    for day in Weekday:
        field, name = f"hours.{day.value}", DAY_NAMES[day]
        for start, end in zip(form.all(f"start.{day.value}"), form.all(f"end.{day.value}"), strict=False):
            if not start and not end:
                continue
            try:
                blocks.append(Block(day=day, start=clock_of(start), end=clock_of(end)))
            except ValueError:
                form.fail(field, f"{name}有一段没有填完整，请写明开始和结束时间，例如 09:00 到 12:00。")
    form.check()
    return tuple(blocks)


def week_values(hours: Iterable[Block]) -> dict[str, list[str]]:
    """A stored week as the form's fields."""
    blocks = tuple(hours)
    values: dict[str, list[str]] = {}
    for day in Weekday:
        own = [block for block in blocks if block.day is day]
        values[f"start.{day.value}"] = [f"{block.start:%H:%M}" for block in own]
        values[f"end.{day.value}"] = [f"{block.end:%H:%M}" for block in own]
    return values


def _day(form: Form, day: Weekday) -> Day:
    starts, ends = form.all(f"start.{day.value}"), form.all(f"end.{day.value}")
    rows = tuple((start, end) for start, end in zip(starts, ends, strict=False) if start or end)
    error = form.errors.get(f"hours.{day.value}", "")
    return Day(day.value, DAY_NAMES[day], rows, error)


def clock_of(text: str) -> time:
    """A clock as typed: 9:00, 09：00. Raises ValueError."""
    clock = time.fromisoformat(text.strip().replace("：", ":").zfill(5))
    return clock.replace(second=0, microsecond=0, tzinfo=None)
