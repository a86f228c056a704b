"""日程: the day board. A day with a column per practitioner, the week, and the day on paper."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from wxbot.clinic.models import PractitionerId
from wxbot.web.console.board_day import BOARD, WEEK, asked_day, day_view, local_today, week_grid, week_load
from wxbot.web.console.frame import fragment, now_of, page, services_of


async def index(request: web.Request) -> web.StreamResponse:
    """The day."""
    return await page(request, "board/day.html", **await _day(request))


async def grid(request: web.Request) -> web.StreamResponse:
    """The day's columns alone, for a page that is open."""
    return await fragment(request, "board/_grid.html", **await _day(request))


async def printed(request: web.Request) -> web.StreamResponse:
    """The day as lists, a practitioner after the other."""
    return await page(request, "board/print.html", **await _day(request))


async def week(request: web.Request) -> web.StreamResponse:
    """Seven days from Monday on: of one practitioner, or everybody's numbers."""
    services, now = services_of(request), now_of(request)
    day, refusal = asked_day(request)
    first = day - timedelta(days=day.weekday())
    who = services.clinic.practitioner(PractitionerId(request.query.get("who", "")))
    rows = [] if who is not None else await week_load(request, first)
    return await page(
        request,
        "board/week.html",
        day=day,
        first=first,
        days=[first + timedelta(days=number) for number in range(WEEK)],
        before=first - timedelta(days=WEEK),
        after=first + timedelta(days=WEEK),
        today=local_today(services, now),
        who=who,
        rows=rows,
        grid=await week_grid(request, first, who.id) if who is not None else None,
        people=[each for each in services.clinic.practitioners if not each.retired],
        refusal=refusal,
        address=board_address,
    )


async def _day(request: web.Request) -> dict[str, Any]:
    view = await day_view(request)
    return {
        "view": view,
        "grid": view.grid,
        "before": view.day - timedelta(days=1),
        "after": view.day + timedelta(days=1),
        "address": board_address,
    }


def board_address(part: str = "", **query: object) -> str:
    """An address of the board; what is empty is left out."""
    asked = {name: str(value) for name, value in query.items() if value not in {None, ""}}
    return f"{BOARD}{part}" + (f"?{urlencode(asked)}" if asked else "")
