"""新建和修改推送: choose people, choose a template and fill it in; the preview follows."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from wxbot.broadcasts.audience import AUDIENCE_NAMES
from wxbot.broadcasts.models import AudienceKind, Broadcast, BroadcastDraft, BroadcastId
from wxbot.broadcasts.states import EDITABLE
from wxbot.errors import FieldErrors
from wxbot.history.models import PatientId
from wxbot.messaging import Purpose
from wxbot.templates.models import Template
from wxbot.web.console.broadcast_form import draft_from, empty_form, form_of, template_of, values_of
from wxbot.web.console.forms import Form, read_form, whole_number
from wxbot.web.console.frame import actor_of, fragment, is_fragment, now_of, page, see_other, services_of
from wxbot.web.console.submit import complain, submit

CALLS = {True: "请同事打电话", False: "不建电话任务"}
MOST_TYPED = 100  # characters of a query


async def new(request: web.Request) -> web.StreamResponse:
    """An empty form; `?patient=` comes from a patient's page."""
    return await _page(request, None, empty_form(services_of(request), request.query.get("patient", "")))


async def create(request: web.Request) -> web.StreamResponse:
    """Begin the broadcast and preview it."""
    return await submit(request, _create, again=lambda request, form: _page(request, None, form))


async def _create(request: web.Request, form: Form) -> web.StreamResponse:
    services = services_of(request)
    draft = draft_from(form, services)
    broadcast = await services.broadcasts.drafts.create(draft, by=actor_of(request), now=now_of(request))
    return await _previewed(request, broadcast, form)


async def edit(request: web.Request) -> web.StreamResponse:
    """What was written, to change it."""
    broadcast = await _broadcast(request)
    if broadcast.state not in EDITABLE:
        return see_other(request, f"/console/broadcasts/{broadcast.id}", done="这次推送已提交，不能再修改")
    return await _page(request, broadcast, form_of(broadcast, services_of(request).clinic.timezone))


async def save(request: web.Request) -> web.StreamResponse:
    """Keep the changes and preview the broadcast again."""
    return await submit(request, _save, again=_again, overtaken=_overtaken)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    services = services_of(request)
    draft = draft_from(form, services)
    broadcast_id, seen = BroadcastId(request.match_info["id"]), whole_number(form.get("revision"), -1)
    saved = await services.broadcasts.drafts.edit(broadcast_id, draft, seen, by=actor_of(request), now=now_of(request))
    return await _previewed(request, saved, form)


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _page(request, await _broadcast(request), form)


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    broadcast = await _broadcast(request)
    form.values["revision"] = str(broadcast.revision)  # saved once more, what was typed replaces theirs
    changes = _differences(broadcast, draft_from(form, services_of(request)))
    return await _page(request, broadcast, form, changes)


async def fields(request: web.Request) -> web.StreamResponse:
    """The fields that the chosen audience and template ask for, with what was typed."""
    form = await read_form(request)
    if is_fragment(request):
        return await fragment(request, "broadcasts/_fields.html", **await _context(request, form))
    broadcast_id = request.query.get("broadcast", "")  # a browser without scripts gets the whole page
    broadcast = (
        await services_of(request).broadcasts.find(BroadcastId(broadcast_id), by=actor_of(request))
        if broadcast_id
        else None
    )
    return await _page(request, broadcast, form)


async def example(request: web.Request) -> web.StreamResponse:
    """The example message, refreshed while the form is filled in."""
    form = await read_form(request)
    template = template_of(form, services_of(request))
    context = _example(request, form, template) if template is not None else {"example": None, "problems": []}
    return await fragment(request, "broadcasts/_example.html", **context)


async def found(request: web.Request) -> web.StreamResponse:
    """Patients to pick from, while somebody types."""
    query = request.query.get("find", "").strip()[:MOST_TYPED]
    result = await services_of(request).records.search(query, by=actor_of(request), now=now_of(request))
    return await fragment(request, "broadcasts/_found.html", found=result, query=query)


async def pick(request: web.Request) -> web.StreamResponse:
    """One patient more on the list."""
    patients = await services_of(request).patients.patients([PatientId(request.match_info["id"])])
    return await fragment(request, "broadcasts/_picked.html", picked=list(patients.values()))


async def _previewed(request: web.Request, broadcast: Broadcast, form: Form) -> web.StreamResponse:
    """To the preview; where there are too many people the form is shown again, and the draft is kept."""
    try:
        broadcast = await services_of(request).broadcasts.drafts.preview(
            broadcast.id, by=actor_of(request), now=now_of(request)
        )
    except FieldErrors as error:
        form.values["revision"] = str(broadcast.revision)
        complain(form, error)
        return await _page(request, broadcast, form)
    done = "名单已核对，请看一遍再提交" if broadcast.preview_run is None else "已保存，正在核对名单"
    return see_other(request, f"/console/broadcasts/{broadcast.id}", done=done)


async def _broadcast(request: web.Request) -> Broadcast:
    return await services_of(request).broadcasts.find(BroadcastId(request.match_info["id"]), by=actor_of(request))


async def _page(
    request: web.Request, broadcast: Broadcast | None, form: Form, changes: Sequence[tuple[str, str, str]] = ()
) -> web.StreamResponse:
    context = await _context(request, form)
    return await page(request, "broadcasts/edit.html", broadcast=broadcast, changes=changes, **context)


async def _context(request: web.Request, form: Form) -> dict[str, Any]:
    services, actor = services_of(request), actor_of(request)
    template = template_of(form, services)
    audience_kinds = [
        (kind.value, AUDIENCE_NAMES[kind])
        for kind in AudienceKind
        if kind is not AudienceKind.ONE or form.get("audience_kind") == AudienceKind.ONE.value
    ]
    picked = await services.patients.patients([PatientId(each) for each in form.all("patient_ids")])
    return {
        "form": form,
        "audience_kinds": audience_kinds,
        "audience_kind": form.get("audience_kind"),
        "picked": list(picked.values()),
        "kinds": [(kind.id, kind.name) for kind in services.clinic.visit_types],
        "months": [(str(month), f"{month} 月") for month in range(1, 13)],
        "care": services.broadcasts.templates_for(Purpose.CARE),
        "offers": services.broadcasts.templates_for(Purpose.MARKETING)
        if actor.may("broadcasts:marketing:write")
        else [],
        "template": template,
        "manual_variables": services.broadcasts.drafts.manual_variables(template) if template is not None else (),
        **(_example(request, form, template) if template is not None else {}),
    }


def _example(request: web.Request, form: Form, template: Template) -> dict[str, Any]:
    """The message as it reads now, and what is wrong with what was filled in so far: label → words."""
    drafts = services_of(request).broadcasts.drafts
    example, found = drafts.example(template, values_of(form, template), by=actor_of(request))
    labels = {f"var_{each.name}": each.meaning for each in drafts.manual_variables(template)}
    return {"example": example, "problems": [(labels.get(name, ""), words) for name, words in found.items()]}


def _differences(broadcast: Broadcast, draft: BroadcastDraft) -> list[tuple[str, str, str]]:
    """What somebody else's version says differently from this one: field, theirs on the left, ours on the right."""
    theirs = {"标题": broadcast.title, "模板": broadcast.template, "每小时": str(broadcast.pace_per_hour)}
    ours = {"标题": draft.title, "模板": draft.template, "每小时": str(draft.pace_per_hour)}
    rows = [(name, ours[name], theirs[name]) for name in theirs if theirs[name] != ours[name]]
    if broadcast.calls != draft.calls:
        rows.append(("微信上收不到的", CALLS[draft.calls], CALLS[broadcast.calls]))
    if broadcast.audience != draft.audience:
        rows.append(("选人", "您选的", "同事改成了另一批人"))
    if dict(broadcast.variables) != dict(draft.variables):
        rows.append(("填写的内容", "您写的", "同事改过"))
    return rows or [("状态", "您打开时", "同事保存过一次，内容相同")]
