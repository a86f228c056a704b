"""A plan's versions: who wrote, approved and published each, what changed in words, and restoring one."""

from aiohttp import web

from wxbot.care.plans.difference import StepChange, differences, head_differences
from wxbot.care.plans.records import PlanVersion, Running
from wxbot.web.console.care_plan_edit import REFUSED, kept_of, revision_of, running_of
from wxbot.web.console.forms import Form, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import sentences, submit


async def index(request: web.Request) -> web.StreamResponse:
    """All of them, the newest first."""
    return await _page(request)


async def show(request: web.Request) -> web.StreamResponse:
    """One version beside the one before it, or beside the draft with number 0."""
    editor, by = services_of(request).plans.editor, actor_of(request)
    kept = await kept_of(request)
    versions = await editor.versions(kept.id, by=by)
    number = whole_number(request.match_info["number"], -1)
    if number == 0:
        plan, version, title = await editor.content(kept, by=by), None, "草稿"
        earlier = versions[0] if versions else None
    else:
        version = await editor.version(kept.id, number, by=by)
        plan, title = version.plan, f"第 {number} 版"
        earlier = next((each for each in versions if each.number < number), None)
    before = earlier.plan if earlier is not None else None
    return await page(
        request,
        "care/difference.html",
        kept=kept,
        title=title,
        version=version,
        earlier=earlier,
        head=head_differences(before, plan),
        steps=differences(before, plan, editor.template_name),
        change=StepChange,
    )


async def restore(request: web.Request) -> web.StreamResponse:
    """Follow an older version again, as a new one."""
    return await submit(request, _restore, again=_again, overtaken=_overtaken, refused=REFUSED)


async def _restore(request: web.Request, form: Form) -> web.StreamResponse:
    key, number = request.match_info["key"], whole_number(request.match_info["number"], -1)
    version = await services_of(request).plans.editor.restore_version(
        key, number, by=actor_of(request), now=now_of(request), revision=revision_of(form), running=running_of(form)
    )
    done = f"已恢复第 {number} 版的内容，作为第 {version.number} 版立即生效"
    return see_other(request, f"/console/care/plans/{key}/versions", done=done)


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _page(request, trouble=sentences(form))


async def _overtaken(request: web.Request, _: Form) -> web.StreamResponse:
    return await _page(request, trouble="您打开这一页之后，同事改动了这个计划。请看过最新的版本再决定。")


async def _page(request: web.Request, *, trouble: str = "") -> web.StreamResponse:
    editor, by, now = services_of(request).plans.editor, actor_of(request), now_of(request)
    kept = await kept_of(request)
    live, coming = kept.in_force(now), {each.number for each in kept.scheduled(now)}
    kept_live = {each.number for each in kept.live}

    def state(version: PlanVersion) -> tuple[str, str]:
        if live is not None and version.number == live.number:
            return "使用中", "good"
        if version.number in coming:
            return "定时", "calm"
        return ("已被替换", "plain") if version.number in kept_live else ("没有生效过", "plain")

    rows = [(version, *state(version)) for version in await editor.versions(kept.id, by=by)]
    return await page(request, "care/versions.html", kept=kept, rows=rows, live=live, trouble=trouble, running=Running)
