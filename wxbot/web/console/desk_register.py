"""会话登记 as a spreadsheet: one row per closed talk of some days."""

import asyncio
from collections.abc import Iterable

from aiohttp import web

from wxbot.conversations.evaluation.register import TITLE, written
from wxbot.patients.models import Contact
from wxbot.web.console.desk_figures import chosen_of, index_again
from wxbot.web.console.downloads import excel_file
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, services_of
from wxbot.web.console.submit import submit


async def export(request: web.Request) -> web.StreamResponse:
    """The file. The audit entry is written before it."""
    return await submit(request, _export, again=index_again)


async def _export(request: web.Request, form: Form) -> web.StreamResponse:
    services, chosen = services_of(request), chosen_of(request, form)
    form.check()
    talks = await services.review.register.taken_out(
        chosen.first, chosen.last, form.get("reason"), by=actor_of(request), now=now_of(request)
    )
    contacts = await services.patients.contacts({each.contact_id for each in talks if each.contact_id})
    labels = {scene: await services.account.scenes.label_of(scene) for scene in _scenes(contacts.values())}
    body = await asyncio.to_thread(
        written,
        talks,
        patients={each.id: each.alias for each in contacts.values()},
        sources={each.id: labels.get(each.scene or "", "") for each in contacts.values()},
        names=await services.staff.names({each.owner for each in talks if each.owner}),
        zone=services.clinic.timezone,
    )
    return excel_file(body, "register.xlsx", f"{TITLE}_{chosen.first.isoformat()}_{chosen.last.isoformat()}.xlsx")


def _scenes(contacts: Iterable[Contact]) -> set[str]:
    return {each.scene for each in contacts if each.scene}
