"""The cycle of a form of the desk: done, or refused with everything typed still there; always with the fresh state."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from wxbot.conversations.models import Episode
from wxbot.days import DayError, read_moment
from wxbot.errors import DomainError, FieldErrors, ForbiddenError, NotFoundError, StaleError
from wxbot.web.console.desk import lists_for
from wxbot.web.console.desk_thread import MOST_ID, contact_of, fresh_context, here, talk_context
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import fragment, is_fragment, now_of, page, see_other, services_of
from wxbot.web.console.submit import complain, submit
from wxbot.workflow import NotNowError

Deed = Callable[[web.Request, Form], Awaitable[str | dict[str, Any]]]
"""Does it. Returns what was done in words, or parts of the answer beside the fresh state (`done` among them)."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MOST_KEY = 100  # characters of what a browser made up
MOST_LINE = 200  # characters of a reason or a summary's line
NO_EPISODE = "现在由自动回复接待这位患者。请先点「开始接待」，再回复。"


async def episode_of(request: web.Request) -> Episode:
    """The open episode of the talk an address names.

    Raises NotNowError: the bot talks, or a colleague has ended it meanwhile.
    """
    episode = await services_of(request).chat.desk.of_contact(contact_of(request))
    if episode is None:
        raise NotNowError(NO_EPISODE)
    return episode


def action(deed: Deed, *, leaves: bool = False) -> Handler:
    """The handler of a form. Errors of the use case stand in the answer: what was typed stays in the browser.

    `leaves`: without htmx it goes back to the list.
    """

    async def save(request: web.Request, form: Form) -> web.StreamResponse:
        return await perform(request, form, deed, leaves=leaves)

    async def handle(request: web.Request) -> web.StreamResponse:
        return await submit(request, save)

    return handle


async def perform(request: web.Request, form: Form, deed: Deed, *, leaves: bool = False) -> web.StreamResponse:
    """The answer to a form that was read already; as `action` says."""
    try:
        done = await deed(request, form)
    except (ForbiddenError, NotFoundError):
        raise
    except DomainError as error:
        complain(form, error)
        form.values.setdefault("refused_by", "stale" if isinstance(error, StaleError) else error.code)
        return await _answer(request, form)
    parts = {"done": done} if isinstance(done, str) else done
    if form.errors:
        return await _answer(request, form, **parts)
    if not is_fragment(request):
        address = here(contact_of(request)) if not leaves else "/console/desk"
        return see_other(request, address, done=str(parts.get("done", "")))
    return await _answer(request, form, **parts)


async def _answer(request: web.Request, form: Form, **parts: Any) -> web.StreamResponse:
    after = form.get("after")[:MOST_ID]
    if is_fragment(request):
        context = await fresh_context(request, after=after, form=form)
        return await fragment(request, "desk/_fresh.html", **{**context, **parts})
    context = {**await talk_context(request, form), **parts}
    return await page(request, "desk/index.html", status=422, **{**context, **await lists_for(request)})


def line_in(form: Form, name: str, *, needed: str = "") -> str:
    """A line of text out of a field. Raises FieldErrors: `needed` where it is missing, else where it is too long."""
    words = form.get(name)
    if needed and not words:
        raise FieldErrors({name: needed})
    if len(words) > MOST_LINE:
        raise FieldErrors({name: f"最多 {MOST_LINE} 字，现在 {len(words)} 字，请写短一些"})
    return words


def moment_in(request: web.Request, text: str, name: str) -> datetime:
    """A local moment out of a field of type datetime-local. Raises FieldErrors, also for one that is over."""
    try:
        moment = read_moment(text, services_of(request).clinic.timezone)
    except DayError as error:
        raise FieldErrors({name: error.sentence}) from error
    if moment <= now_of(request):
        raise FieldErrors({name: "请选一个还没到的日期和时间"})
    return moment
