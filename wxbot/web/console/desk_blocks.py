"""拉黑: asked for at the desk, lifted there and on the list of everybody who is blocked."""

from datetime import timedelta
from typing import Any

from aiohttp import web

from wxbot.conversations.episodes.blocks import BLOCK, UNTIL_LIFTED
from wxbot.errors import FieldErrors
from wxbot.history.models import ContactId
from wxbot.web.console.desk_figures import PATH
from wxbot.web.console.desk_form import MOST_LINE, action, moment_in
from wxbot.web.console.desk_thread import contact_of
from wxbot.web.console.forms import Form, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit
from wxbot.web.console.who import names_of

DAYS = (1, 3, 7, 14, 30, 60, 90)  # offered beside a date of one's own
LISTED = f"{PATH}/blocked"


async def asking(request: web.Request) -> dict[str, Any]:
    """What the question before a block shows: until when, and why it may not be."""
    services, actor = services_of(request), actor_of(request)
    actor.must(BLOCK)
    rules = services.chat.rules
    days = sorted({each for each in DAYS if timedelta(days=each) <= rules.block_most} | {rules.block_usual.days})
    return {
        "episode": await services.chat.desk.of_contact(contact_of(request)),
        "objection": await services.blocks.objection(contact_of(request), now_of(request)),
        "days": days,
        "usual": rules.block_usual.days,
        "until_lifted": UNTIL_LIFTED,
    }


async def _block(request: web.Request, form: Form) -> dict[str, Any]:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    chosen, typed = form.get("days"), form.get("until")
    until = None
    if typed:
        until = moment_in(request, typed, "until")
    elif chosen != "lifted":
        days = whole_number(chosen, services.chat.rules.block_usual.days)
        if not 1 <= days <= services.chat.rules.block_most.days:
            raise FieldErrors({"days": "请选择拉黑多久"})
        until = now + timedelta(days=days)
    block = await services.blocks.block(contact_of(request), reason=form.get("reason"), until=until, by=actor, now=now)
    return {"done": f"已拉黑，{services.blocks.until_words(block)}。点「解除拉黑」可以撤回", "changed_side": True}


async def _unblock(request: web.Request, form: Form) -> dict[str, Any]:
    await services_of(request).blocks.lift(
        contact_of(request), reason=form.get("reason")[:MOST_LINE], by=actor_of(request), now=now_of(request)
    )
    return {"done": "已解除拉黑", "changed_side": True}


async def index(request: web.Request) -> web.StreamResponse:
    """Everybody who is blocked now."""
    return await _index(request, Form())


async def _index(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    blocked = await services.blocks.listed(by=actor, now=now)
    patients = await services.patients.of_contacts({each.id for each in blocked})
    titles = {
        each.id: next((one.name for one in patients.get(each.id, ()) if one.name), each.alias) for each in blocked
    }
    return await page(
        request,
        "quality/blocked.html",
        blocked=blocked,
        titles=titles,
        names=await names_of(services, {each.block.by for each in blocked if each.block is not None}),
        form=form,
        until_lifted=UNTIL_LIFTED,
    )


async def lift(request: web.Request) -> web.StreamResponse:
    """End one from the list, or from a patient's page."""
    return await submit(request, _lift, again=_index)


async def _lift(request: web.Request, form: Form) -> web.StreamResponse:
    contact_id = ContactId(request.match_info["contact"])
    await services_of(request).blocks.lift(
        contact_id, reason=form.get("reason")[:MOST_LINE], by=actor_of(request), now=now_of(request)
    )
    return see_other(request, LISTED, done="已解除拉黑")


block = action(_block)
unblock = action(_unblock)
