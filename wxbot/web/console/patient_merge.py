"""Merging two records of one person: choose, preview field by field, merge, undo."""

from aiohttp import web

from wxbot.history.models import PatientId
from wxbot.patients.merging import UNDO_WITHIN, MergeRefusedError
from wxbot.patients.models import Taken
from wxbot.web.console.forms import Form, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.patient_page import here, id_of
from wxbot.web.console.submit import sentences, submit


async def preview(request: web.Request) -> web.StreamResponse:
    """Whom to merge with; once that is known, which field would come from which record."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    other = PatientId(request.query.get("with", "").strip())
    if other:
        try:
            shown = await services.merges.preview(id_of(request), other, by=actor, now=now)
        except MergeRefusedError as error:
            return see_other(request, here(id_of(request), "/merge"), done=error.sentence)
        return await page(request, "patients/merge.html", preview=shown, days=UNDO_WITHIN.days, changed=False)
    detail = await services.records.detail(id_of(request), by=actor, now=now)
    alike = await services.merges.suggestions(detail.card.id, by=actor, now=now)
    query = request.query.get("q", "").strip()[:100]
    found = (await services.records.search(query, by=actor, now=now)).cards if query else ()
    return await page(
        request,
        "patients/merge_with.html",
        card=detail.card,
        alike=alike,
        query=query,
        days=UNDO_WITHIN.days,
        found=[each for each in found if each.id != detail.card.id],
    )


async def merge(request: web.Request) -> web.StreamResponse:
    """Merge as previewed; when a record changed since, show a new preview."""
    return await submit(request, _merge, again=_not_merged, overtaken=_changed_since)


async def _merge(request: web.Request, form: Form) -> web.StreamResponse:
    survivor = id_of(request)
    chosen = {
        name.removeprefix("take_"): Taken(value)
        for name, value in form.values.items()
        if name.startswith("take_") and value in {each.value for each in Taken}
    }
    revisions = (whole_number(form.get("revision"), -1), whole_number(form.get("with_revision"), -1))
    await services_of(request).merges.merge(
        survivor, PatientId(form.get("with")), chosen, revisions=revisions, by=actor_of(request), now=now_of(request)
    )
    return see_other(request, here(survivor), done=f"已合并。{UNDO_WITHIN.days}天内可以在这一页撤销。")


async def _not_merged(request: web.Request, form: Form) -> web.StreamResponse:
    return see_other(request, here(id_of(request)), done=sentences(form))


async def _changed_since(request: web.Request, form: Form) -> web.StreamResponse:
    merges, by, now = services_of(request).merges, actor_of(request), now_of(request)
    shown = await merges.preview(id_of(request), PatientId(form.get("with")), by=by, now=now)
    return await page(request, "patients/merge.html", preview=shown, days=UNDO_WITHIN.days, changed=True, status=409)


async def undo(request: web.Request) -> web.StreamResponse:
    """Part the two records again."""
    return await submit(request, _undo, again=_not_undone)


async def _undo(request: web.Request, _: Form) -> web.StreamResponse:
    merges, by, now = services_of(request).merges, actor_of(request), now_of(request)
    undone = await merges.undo(request.match_info["merge"], by=by, now=now)
    words = "已恢复为两份档案"
    if undone.stays:
        words += f"；合并后改过的{'、'.join(undone.stays)}保留在这一份里，请核对"
    return see_other(request, here(undone.survivor_id), done=words)


async def _not_undone(request: web.Request, form: Form) -> web.StreamResponse:
    return see_other(request, here(form.get("patient") or "0"), done=sentences(form))
