"""A template's versions: who wrote, approved and published each, what changed, and restoring one."""

from aiohttp import web

from wxbot.templates.difference import Change, difference
from wxbot.templates.records import Version
from wxbot.templates.refusals import TemplateError
from wxbot.web.console.forms import Form, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import sentences, submit
from wxbot.web.console.template_form import words_of


async def index(request: web.Request) -> web.StreamResponse:
    """All of them, the newest first."""
    return await _page(request)


async def show(request: web.Request) -> web.StreamResponse:
    """One version beside the one before it, or beside the draft with number 0."""
    editor, actor = services_of(request).template_editor, actor_of(request)
    key = request.match_info["key"]
    kept = await editor.get(key, by=actor)
    versions = await editor.versions(key, by=actor)
    number = whole_number(request.match_info["number"], -1)
    if number == 0:
        new = words_of(editor.content_now(kept))
        title, version = "草稿", None
        earlier = versions[0] if versions else None
    else:
        version = await editor.version(key, number, by=actor)
        new = words_of(version.content)
        title = f"第 {number} 版"
        earlier = next((each for each in versions if each.number < number), None)
    old = words_of(earlier.content) if earlier is not None else {}
    parts = [
        (part, difference(old.get(part, ""), words), old.get(part, "") != words)
        for part, words in new.items()
        if words or old.get(part)
    ]
    return await page(
        request,
        "templates/difference.html",
        kept=kept,
        title=title,
        version=version,
        earlier=earlier,
        parts=parts,
        change=Change,
    )


async def restore(request: web.Request) -> web.StreamResponse:
    """Publish the content of an older version again."""
    return await submit(request, _restore, again=_again, overtaken=_overtaken, refused=(TemplateError,))


async def _restore(request: web.Request, form: Form) -> web.StreamResponse:
    key, number = request.match_info["key"], whole_number(request.match_info["number"], -1)
    version = await services_of(request).template_editor.restore_version(
        key, number, by=actor_of(request), revision=whole_number(form.get("revision"), 0), now=now_of(request)
    )
    done = f"已恢复第 {number} 版的内容，作为第 {version.number} 版立即生效"
    return see_other(request, f"/console/templates/{key}/versions", done=done)


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _page(request, trouble=sentences(form))


async def _overtaken(request: web.Request, _: Form) -> web.StreamResponse:
    return await _page(request, trouble="您打开这一页之后，同事改动了这个模板。请看过最新的版本再决定。")


async def _page(request: web.Request, *, trouble: str = "") -> web.StreamResponse:
    editor, actor, now = services_of(request).template_editor, actor_of(request), now_of(request)
    kept = await editor.get(request.match_info["key"], by=actor)
    versions = await editor.versions(kept.id, by=actor)
    live = kept.in_force(now)
    coming = {each.number for each in kept.scheduled(now)}

    def state(version: Version) -> tuple[str, str]:
        if live is not None and version.number == live.number:
            return "使用中", "good"
        if version.number in coming:
            return "定时", "calm"
        return "已被替换", "plain"

    rows = [(version, *state(version)) for version in versions]
    return await page(request, "templates/versions.html", kept=kept, rows=rows, live=live, trouble=trouble)
