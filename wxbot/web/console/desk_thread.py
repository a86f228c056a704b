"""The centre of the desk: one contact's thread, its new and its older lines, and the thread on paper."""

import asyncio
from typing import Any

from aiohttp import web

from wxbot.conversations.reading.bursts import writes_on
from wxbot.conversations.reading.lists import Thread
from wxbot.errors import NotFoundError
from wxbot.history.models import ContactId
from wxbot.ids import new_id
from wxbot.web.console.desk import DESK, lists_for
from wxbot.web.console.desk_sidebar import sidebar_of
from wxbot.web.console.desk_view import items_of, talk_of, unsettled_of
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, fragment, is_fragment, now_of, page, services_of

MOST_ID = 300  # characters of a line's id or of a cursor
PRINTED_PAGES = 20  # of the thread, newest first: what fits on paper that somebody reads


def contact_of(request: web.Request) -> ContactId:
    """The contact an address names."""
    return ContactId(request.match_info["contact"])


def here(contact_id: ContactId | str, part: str = "") -> str:
    """The address of a talk, or of a part of it."""
    return f"{DESK}/{contact_id}{part}"


async def show(request: web.Request) -> web.StreamResponse:
    """The talk: the whole page, or its centre and right column for a page that is open."""
    context = await talk_context(request)
    if is_fragment(request):
        return await fragment(request, "desk/_talk.html", **context)
    return await page(request, "desk/index.html", **{**context, **await lists_for(request)})


async def lines(request: web.Request) -> web.StreamResponse:
    """What came after a line (`after`) with everything that changes beside it, or what came before a cursor."""
    before = request.query.get("before", "")[:MOST_ID]
    if before:
        services, actor = services_of(request), actor_of(request)
        thread = await services.chat.lists.thread(contact_of(request), by=actor, before=before)
        items = await items_of(services, thread, by=actor)
        return await fragment(request, "desk/_older.html", items=items, thread=thread, base=here(contact_of(request)))
    try:
        context = await fresh_context(request, after=request.query.get("after", "")[:MOST_ID])
    except NotFoundError:
        return await fragment(request, "desk/_gone.html")
    return await fragment(request, "desk/_fresh.html", **context)


async def side(request: web.Request) -> web.StreamResponse:
    """The right column anew: something beside the talk has changed."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    talk = await talk_of(services, contact_of(request), by=actor, now=now)
    return await fragment(
        request,
        "desk/_side_part.html",
        talk=talk,
        base=here(talk.id),
        template_name=services.templates.name_of,
        side=await sidebar_of(services, talk, by=actor, now=now),
    )


async def printed(request: web.Request) -> web.StreamResponse:
    """The thread on paper: what was said between the patient and us, without the notes of colleagues."""
    services, actor = services_of(request), actor_of(request)
    talk = await talk_of(services, contact_of(request), by=actor, now=now_of(request))
    read, pages, before = services.chat.lists, [], ""
    for _ in range(PRINTED_PAGES):
        thread = await read.thread(talk.id, by=actor, before=before)
        pages.append(Thread(lines=thread.lines, notes=(), unsettled=(), media=thread.media, older=thread.older))
        before = thread.older
        if not before:
            break
    items = [item for each in reversed(pages) for item in await items_of(services, each, by=actor)]
    return await page(request, "desk/print.html", talk=talk, items=items, cut=bool(before), desk=DESK)


async def fresh_context(request: web.Request, *, after: str = "", form: Form | None = None) -> dict[str, Any]:
    """What changes while a talk is open: new lines, what is under way, the bar, the meter."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    talk, thread = await asyncio.gather(  # side by side, as all of this is: it stands between a push and the screen
        talk_of(services, contact_of(request), by=actor, now=now),
        services.chat.lists.thread(contact_of(request), by=actor, after=after),
    )
    items, unsettled = await asyncio.gather(
        items_of(services, thread, by=actor), unsettled_of(services, thread.unsettled, by=actor, now=now)
    )
    return {
        "talk": talk,
        "thread": thread,
        "items": items,
        "writes_on": writes_on(thread.lines, now).total_seconds() if talk.box in {"free", "last"} else 0,
        "unsettled": unsettled,
        "base": here(talk.id),
        "desk": DESK,
        "form": form or Form(),
        "box": None,
    }


async def talk_context(request: web.Request, form: Form | None = None) -> dict[str, Any]:
    """Everything of a talk that is opened: the thread, the box with the draft, the patient."""
    services, actor = services_of(request), actor_of(request)
    context = await fresh_context(request, form=form)
    draft, as_note, edit = await services.chat.drafts.of(contact_of(request), by=actor)
    typed = context["form"].values
    return {
        **context,
        "draft": typed.get("text", draft),
        "as_note": as_note,
        "edit": edit,
        "key": new_id(now_of(request)),
        "checked": None,
        "warned": "overriding" in context["form"].errors,
        "template_name": services.templates.name_of,
        "side": await sidebar_of(services, context["talk"], by=actor, now=now_of(request)),
    }
