"""设置: the weekly hours of a practitioner, several blocks a day. htmx adds and removes rows; it works without too."""

from dataclasses import dataclass
from datetime import time

from aiohttp import web

from wxbot.clinic.changes import hours_words
from wxbot.clinic.checks import DAY_NAMES
from wxbot.clinic.models import Block, Practitioner, Weekday
from wxbot.errors import NotFoundError
from wxbot.stored_value import Stored
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, fragment, now_of, page, see_other, services_of
from wxbot.web.console.settings_forms import NOTHING_SINCE, opened, revision_of, since
from wxbot.web.console.submit import submit

PATH = "/console/settings/hours"
WORKDAYS = ("tue", "wed", "thu", "fri")
COPIES = {"workdays": WORKDAYS, "week": (*WORKDAYS, "sat", "sun")}  # where Monday's hours may be copied to


@dataclass(frozen=True)
class Day:
    """A day as the form shows it: rows of (start, end) as typed."""

    key: str
    name: str
    rows: tuple[tuple[str, str], ...]
    error: str


async def index(request: web.Request) -> web.StreamResponse:
    """Everybody's week on one line."""
    stored = await services_of(request).clinic_settings.stored(by=actor_of(request))
    weeks = [(each, hours_words(each.value.hours)) for each in stored.practitioners if not each.value.retired]
    return await page(request, "settings/hours.html", weeks=weeks, section=PATH)


async def one(request: web.Request) -> web.StreamResponse:
    """The week of one practitioner."""
    kept = await _kept(request)
    return await _form(request, opened(kept, _values(kept.value)), kept)


async def row(request: web.Request) -> web.StreamResponse:
    """One more empty row of a day; or nothing, in the place of a row that goes."""
    actor_of(request).must("settings:clinic:edit")
    day = request.query.get("day", "")
    if day not in {each.value for each in Weekday}:
        return web.Response(text="", content_type="text/html")
    return await fragment(request, "settings/_hours_row.html", key=day, name=DAY_NAMES[Weekday(day)], row=("", ""))


async def save(request: web.Request) -> web.StreamResponse:
    """Keep the week; or copy Monday's hours inside the form, which keeps nothing yet."""
    return await submit(request, _save, again=_again, overtaken=_overtaken)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    kept = await _kept(request)
    if form.get("copy") in COPIES:
        for day in COPIES[form.get("copy")]:
            form.lists[f"start.{day}"] = list(form.all("start.mon"))
            form.lists[f"end.{day}"] = list(form.all("end.mon"))
        return await _form(request, form, kept, copied=True)
    settings, by, now = services_of(request).clinic_settings, actor_of(request), now_of(request)
    await settings.save_hours(kept.value.id, _typed(form), revision_of(form), by=by, now=now)
    return see_other(request, PATH, done=f"已保存{kept.value.name}的出诊时间。已有的预约不变")


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _form(request, form, await _kept(request))


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    return await _form(request, form, await _kept(request), stale=True)


async def _form(
    request: web.Request, form: Form, kept: Stored[Practitioner], *, stale: bool = False, copied: bool = False
) -> web.StreamResponse:
    changed = since(form, kept, _values(kept.value)) if stale else NOTHING_SINCE
    days = [_day(form, day) for day in Weekday]
    return await page(
        request, "settings/hours_one.html", form=form, kept=kept, days=days, since=changed, copied=copied, section=PATH
    )


def _day(form: Form, day: Weekday) -> Day:
    starts, ends = form.all(f"start.{day.value}"), form.all(f"end.{day.value}")
    rows = tuple((start, end) for start, end in zip(starts, ends, strict=False) if start or end)
    error = form.errors.get(f"hours.{day.value}", "")
    return Day(day.value, DAY_NAMES[day], rows, error)


def _typed(form: Form) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for day in Weekday:
        field, name = f"hours.{day.value}", DAY_NAMES[day]
        for start, end in zip(form.all(f"start.{day.value}"), form.all(f"end.{day.value}"), strict=False):
            if not start and not end:
                continue
            try:
                blocks.append(Block(day=day, start=_clock(start), end=_clock(end)))
            except ValueError:
                form.fail(field, f"{name}有一段没有填完整，请写明开始和结束时间，例如 09:00 到 12:00。")
    form.check()
    return tuple(blocks)


def _clock(text: str) -> time:
    clock = time.fromisoformat(text.strip().replace("：", ":").zfill(5))
    return clock.replace(second=0, microsecond=0, tzinfo=None)


def _values(person: Practitioner) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for day in Weekday:
        blocks = [block for block in person.hours if block.day is day]
        values[f"start.{day.value}"] = [f"{block.start:%H:%M}" for block in blocks]
        values[f"end.{day.value}"] = [f"{block.end:%H:%M}" for block in blocks]
    return values


async def _kept(request: web.Request) -> Stored[Practitioner]:
    stored = await services_of(request).clinic_settings.stored(by=actor_of(request))
    found = next((each for each in stored.practitioners if each.id == request.match_info["id"]), None)
    if found is None:
        raise NotFoundError("no such practitioner")
    return found
