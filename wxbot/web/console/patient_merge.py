"""Merging two records of one person: choose, preview field by field, merge, undo."""

from aiohttp import web

from wxbot.errors import StaleError
from wxbot.history.models import PatientId
from wxbot.patients.merging import UNDO_WITHIN, MergeRefusedError
from wxbot.patients.models import Taken
from wxbot.web.console.forms import read_form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.patient_page import here, id_of


async def preview(request: web.Request) -> web.StreamResponse:
    """Whom to merge with; once that is known, which field would come from which record."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    other = PatientId(request.query.get("with", "").strip())
    if other:
        try:
            shown = await services.merges.preview(id_of(request), other, by=actor, now=now)
        except MergeRefusedError as error:
            return see_other(request, here(id_of(request), "/merge"), done=str(error))
        return await page(request, "patients/merge.html", preview=shown, days=UNDO_WITHIN.days, changed=False)
    sheet = await services.records.detail(id_of(request), by=actor, now=now)
    alike = await services.merges.suggestions(sheet.card.id, by=actor, now=now)
    query = request.query.get("q", "").strip()[:100]
    found = (await services.records.search(query, by=actor, now=now)).cards if query else ()
    return await page(
        request,
        "patients/merge_with.html",
        card=sheet.card,
        alike=alike,
        query=query,
        days=UNDO_WITHIN.days,
        found=[each for each in found if each.id != sheet.card.id],
    )


async def merge(request: web.Request) -> web.StreamResponse:
    """Merge as previewed; when a record changed since, show the preview anew."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    form = await read_form(request)
    survivor, merged = id_of(request), PatientId(form.get("with"))
    chosen = {
        name.removeprefix("take_"): Taken(value)
        for name, value in form.values.items()
        if name.startswith("take_") and value in {each.value for each in Taken}
    }
    revisions = (_number(form.get("revision")), _number(form.get("with_revision")))
    try:
        await services.merges.merge(survivor, merged, chosen, revisions=revisions, by=actor, now=now)
    except StaleError:
        shown = await services.merges.preview(survivor, merged, by=actor, now=now)
        return await page(
            request, "patients/merge.html", preview=shown, days=UNDO_WITHIN.days, changed=True, status=409
        )
    except MergeRefusedError as error:
        return see_other(request, here(survivor), done=str(error))
    return see_other(request, here(survivor), done=f"已合并。{UNDO_WITHIN.days}天内可以在这一页撤销。")


async def undo(request: web.Request) -> web.StreamResponse:
    """Part the two records again."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    try:
        undone = await services.merges.undo(request.match_info["merge"], by=actor, now=now)
    except MergeRefusedError as error:
        form = await read_form(request)
        return see_other(request, here(form.get("patient") or "0"), done=str(error))
    words = "已恢复为两份档案"
    if undone.stays:
        words += f"；合并后改过的{'、'.join(undone.stays)}保留在这一份里，请核对"
    return see_other(request, here(undone.survivor_id), done=words)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else -1  # noqa: PLR2004 - a number MongoDB and people take
