"""设置 > 公众号菜单: the draft, its preview, what patients see now, sending it, restoring a version."""

import asyncio
from http import HTTPStatus

from aiohttp import web

from wxbot.account.errors import MenuRefusedError
from wxbot.account.menu_words import does, menu_toml
from wxbot.account.models import Menu
from wxbot.errors import FieldErrors, PlatformError
from wxbot.web.console.forms import WHOLE, Form, read_form, whole_number
from wxbot.web.console.frame import actor_of, fragment, now_of, page, see_other, services_of
from wxbot.web.console.menu_form import (
    OPENS,
    PLACES,
    base_in,
    complaints,
    filled_form,
    menu_in,
    moved,
    place_of_row,
    types_for,
)
from wxbot.web.console.submit import submit
from wxbot.web.console.who import names_of

HERE = "/console/settings/menu"
LIVE_SECONDS = 3.0  # how long the page waits for WeChat's answer
ROWS = (*PLACES, *(entry for place in PLACES for entry in place.entries))
SILENT = "微信暂时没有回答，请稍后再看。"


async def index(request: web.Request) -> web.StreamResponse:
    """The editor."""
    draft = await services_of(request).account.menus.draft(by=actor_of(request), now=now_of(request))
    return await _editor(request, filled_form(draft.menu, draft.revision))


async def save(request: web.Request) -> web.StreamResponse:
    """Keep the draft, or move a row up and show the form again."""
    return await submit(request, _save, again=_again, overtaken=_overtaken)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    menu = menu_in(form)
    if row := form.get("up"):
        shifted = filled_form(moved(menu, place_of_row(form, row)), _revision(form), base=base_in(form))
        return await _editor(request, shifted, changed=True)
    try:
        await services_of(request).account.menus.save(menu, _revision(form), by=actor_of(request), now=now_of(request))
    except MenuRefusedError as error:
        raise FieldErrors(complaints(form, error.flaws)) from error
    return see_other(request, HERE, done="草稿已保存，还没有推送到微信。")


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _editor(request, form, changed=True)


async def preview(request: web.Request) -> web.StreamResponse:
    """What is being typed: as the phone shows it, how many bytes each name has, what is wrong with it."""
    menus = services_of(request).account.menus
    form = await read_form(request)
    menu = menu_in(form)
    return await fragment(
        request,
        "settings/_menu_preview.html",
        menu=menu,
        found=menus.check(menu),
        sizes=_sizes(form),
        oob=ROWS,
        does=_does(request),
    )


async def live(request: web.Request) -> web.StreamResponse:
    """What patients see now, and what sending the draft would change."""
    menus, actor = services_of(request).account.menus, actor_of(request)
    draft = await menus.draft(by=actor, now=now_of(request))
    shown: Menu | None = None
    problem = ""
    try:
        async with asyncio.timeout(LIVE_SECONDS):
            shown = await menus.live(by=actor)
    except TimeoutError:
        problem = SILENT
    except PlatformError as error:
        problem = error.advice
    return await fragment(
        request,
        "settings/_menu_live.html",
        shown=shown,
        problem=problem,
        changes=() if problem else menus.differences(shown, draft.menu),
        does=_does(request),
    )


async def push(request: web.Request) -> web.StreamResponse:
    """Send the saved draft to WeChat."""
    return await submit(request, _push, again=_not_pushed, overtaken=_push_overtaken)


async def _push(request: web.Request, form: Form) -> web.StreamResponse:
    menus, by, now = services_of(request).account.menus, actor_of(request), now_of(request)
    try:
        version = await menus.push(_revision(form), by=by, now=now)
    except MenuRefusedError as error:
        draft = await menus.draft(by=by, now=now)
        flaws = (*error.flaws, *error.words)
        raise FieldErrors(complaints(filled_form(draft.menu, draft.revision), flaws)) from error
    except PlatformError as error:
        raise FieldErrors({WHOLE: f"没有推送成功：{error.advice}"}) from error
    return see_other(request, HERE, done=f"第 {version.number} 版菜单已推送，患者的手机会在 5 分钟内更新。")


async def _not_pushed(request: web.Request, form: Form) -> web.StreamResponse:
    draft = await services_of(request).account.menus.draft(by=actor_of(request), now=now_of(request))
    shown = filled_form(draft.menu, draft.revision)
    shown.errors.update(form.errors)
    return await _editor(request, shown)


async def _push_overtaken(request: web.Request, _: Form) -> web.StreamResponse:
    return see_other(request, HERE, done="没有推送：草稿刚刚被同事修改过，请核对后再推送。")


async def restore_version(request: web.Request) -> web.StreamResponse:
    """Make an earlier version the draft."""
    return await submit(request, _restore_version, overtaken=_restore_overtaken)


async def _restore_version(request: web.Request, form: Form) -> web.StreamResponse:
    number = whole_number(request.match_info["number"], 0)
    await services_of(request).account.menus.restore_version(
        number, _revision(form), by=actor_of(request), now=now_of(request)
    )
    return see_other(request, HERE, done=f"已把第 {number} 版恢复为草稿，推送后患者才能看到。")


async def _restore_overtaken(request: web.Request, _: Form) -> web.StreamResponse:
    return see_other(request, HERE, done="没有恢复：草稿刚刚被同事修改过，请核对后再恢复。")


async def file(request: web.Request) -> web.StreamResponse:
    """The draft as menu.toml, to keep with the other files."""
    draft = await services_of(request).account.menus.draft(by=actor_of(request), now=now_of(request))
    return web.Response(
        text=menu_toml(draft.menu),
        content_type="application/toml",
        charset="utf-8",
        headers={"Content-Disposition": 'attachment; filename="menu.toml"'},
    )


async def _editor(request: web.Request, form: Form, *, changed: bool = False, stale: object = ()) -> web.StreamResponse:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    menus = services.account.menus
    draft = await menus.draft(by=actor, now=now)
    versions = await menus.versions(by=actor)
    shown = menu_in(form)
    return await page(
        request,
        "settings/menu.html",
        status=HTTPStatus.OK if form.ok else HTTPStatus.UNPROCESSABLE_ENTITY,
        form=form,
        places=PLACES,
        opens=OPENS,
        types_for=types_for,
        meanings=menus.meanings,
        sizes=_sizes(form),
        draft=draft,
        changed=changed,
        stale_rows=stale,
        menu=shown,
        found=menus.check(shown),
        saved=menus.check(draft.menu),
        versions=versions,
        names=await names_of(services, {draft.by, *(version.by for version in versions)}),
        does=_does(request),
    )


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    """Somebody saved meanwhile: the form again with what was typed, and what they changed."""
    menus = services_of(request).account.menus
    draft = await menus.draft(by=actor_of(request), now=now_of(request))
    rows = [(change.place, change.before, change.after) for change in menus.differences(base_in(form), draft.menu)]
    again = Form(values={**form.values, **filled_form(draft.menu, draft.revision).values, **_typed(form)})
    return await _editor(request, again, changed=True, stale=rows)


def _typed(form: Form) -> dict[str, str]:
    return {name: value for name, value in form.values.items() if name not in {"revision", "base"}}


def _revision(form: Form) -> int:
    return whole_number(form.get("revision"), -1)


def _sizes(form: Form) -> dict[str, int]:
    """Bytes of each row's name."""
    return {row.id: len(form.get(f"{row.id}_name").encode()) for row in ROWS}


def _does(request: web.Request) -> object:
    meanings = services_of(request).account.menus.meanings
    return lambda button: does(button, meanings)
