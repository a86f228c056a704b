"""设置 · 值班: who is at the desk when. A grid of everybody's week; a form per person, several blocks a day."""

from dataclasses import dataclass

from aiohttp import web

from wxbot.clinic.changes import hours_words
from wxbot.clinic.checks import DAY_NAMES
from wxbot.clinic.models import Block, Weekday
from wxbot.conversations.states import REPLY
from wxbot.errors import NotFoundError
from wxbot.staff.models import Account, AccountId
from wxbot.staff.permissions import ROLE_NAMES, permissions_of
from wxbot.stored_value import Stored
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.settings_forms import opened, revision_of
from wxbot.web.console.submit import submit
from wxbot.web.console.week_form import WeekPage, copied, typed_blocks, week_values

PATH = "/console/settings/shifts"
PAGE = WeekPage("desk_shifts/one.html", section=PATH, rows=f"{PATH}/row")
EDIT = "desk:shift:edit"


@dataclass(frozen=True)
class Week:
    """One line of the grid: a colleague and their hours by day, as "09:00–12:00"."""

    account: Account
    role: str
    days: tuple[tuple[str, ...], ...]
    empty: bool


async def index(request: web.Request) -> web.StreamResponse:
    """Everybody's week in one grid, and the hours of the desk in which nobody is on duty."""
    shifts, by = services_of(request).chat.shifts, actor_of(request)
    people = await _people(request)
    kept = await shifts.kept(by=by)
    weeks = [_week(each, kept.get(each.id)) for each in people]
    gaps = await shifts.uncovered([each.id for each in people])
    return await page(
        request,
        "desk_shifts/index.html",
        weeks=weeks,
        days=list(DAY_NAMES.values()),
        hours=hours_words(shifts.desk_hours()),
        gaps=hours_words(gaps),
        section=PATH,
    )


async def one(request: web.Request) -> web.StreamResponse:
    """The week of one colleague."""
    account, kept = await _kept(request)
    return await _form(request, opened(kept, week_values(kept.value)), account, kept)


async def row(request: web.Request) -> web.StreamResponse:
    """One more empty row of a day; or nothing, in the place of a row that goes."""
    actor_of(request).must(EDIT)
    return await PAGE.empty_row(request)


async def save(request: web.Request) -> web.StreamResponse:
    """Keep the week; or copy a day inside the form, which keeps nothing yet."""
    return await submit(request, _save, again=_again, overtaken=_overtaken)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    account, kept = await _kept(request)
    if day := copied(form):
        return await _form(request, form, account, kept, copied=day)
    shifts, by, now = services_of(request).chat.shifts, actor_of(request), now_of(request)
    await shifts.change(account.id, typed_blocks(form), revision=revision_of(form), by=by, now=now)
    return see_other(request, PATH, done=f"已保存{account.name}的值班时间，马上生效")


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _form(request, form, *await _kept(request))


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    account, kept = await _kept(request)
    return await PAGE.show(request, form, kept, kept.value, stale=True, account=account)


async def _form(
    request: web.Request, form: Form, account: Account, kept: Stored[tuple[Block, ...]], *, copied: str = ""
) -> web.StreamResponse:
    return await PAGE.show(request, form, kept, kept.value, copied=copied, account=account)


async def _people(request: web.Request) -> list[Account]:
    """Who answers patients, by name."""
    accounts = await services_of(request).staff.accounts(by=actor_of(request))
    at_the_desk = (each for each in accounts if not each.disabled and REPLY in permissions_of(each.role))
    return sorted(at_the_desk, key=lambda each: each.name)


async def _kept(request: web.Request) -> tuple[Account, Stored[tuple[Block, ...]]]:
    account_id = AccountId(request.match_info["id"])
    account = next((each for each in await _people(request) if each.id == account_id), None)
    if account is None:
        raise NotFoundError("nobody at the desk has that account")
    kept = (await services_of(request).chat.shifts.kept(by=actor_of(request))).get(account_id)
    if kept is None:
        kept = Stored(id=account_id, value=(), revision=0, by="", by_name="", at=account.created_at)
    return account, kept


def _week(account: Account, kept: Stored[tuple[Block, ...]] | None) -> Week:
    blocks = kept.value if kept is not None else ()
    days = tuple(
        tuple(f"{block.start:%H:%M}–{block.end:%H:%M}" for block in blocks if block.day is day) for day in Weekday
    )
    return Week(account, ROLE_NAMES[account.role], days, empty=not blocks)
