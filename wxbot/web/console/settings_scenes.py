"""设置 > 二维码: scene codes made with a label, to download and to print, with what came of them."""

from datetime import datetime
from secrets import token_hex
from typing import Annotated
from urllib.parse import quote

from aiohttp import web
from pydantic import BaseModel, Field

from wxbot.account.errors import CodeMissingError
from wxbot.account.models import PURPOSE_NAMES, Scene, ScenePurpose
from wxbot.account.scenes import LABEL_LENGTH, LONGEST_DAYS, PAGE
from wxbot.clinic.models import Practitioner, PractitionerId
from wxbot.days import DayError, read_moment
from wxbot.errors import PlatformError
from wxbot.history.models import ContactId
from wxbot.web.console import scene_pictures
from wxbot.web.console.downloads import attachment
from wxbot.web.console.forms import WHOLE, Form, filled, parse, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit
from wxbot.web.console.who import names_of

HERE = "/console/settings/scenes"
SIZES = {"a6": "A6 桌卡", "a4": "A4 海报"}
HINT = "微信扫一扫，预约与咨询"
HINTS = {ScenePurpose.ARRIVAL: "到了请用微信扫一扫，告诉我们您来了"}
LASTS = (
    ("", "长期有效（全账号共 10 万个名额，用后不能收回）"),
    *((str(days), f"{days} 天") for days in (1, 7, 14, 30)),
)


class NewScene(BaseModel):
    """The form of a new code."""

    label: Annotated[str, Field(max_length=LABEL_LENGTH)]
    purpose: ScenePurpose
    practitioner_id: str = ""
    lasts_days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)] | None = None
    request: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


async def index(request: web.Request) -> web.StreamResponse:
    """The codes, newest first; those put away on their own page."""
    services, actor = services_of(request), actor_of(request)
    archived = request.query.get("archived") == "1"
    scenes = await services.account.scenes.listed(by=actor, archived=archived, before=_moment(request))
    extra = "&archived=1" if archived else ""
    older = f"{HERE}?before={quote(scenes[-1].at.isoformat())}{extra}" if len(scenes) == PAGE else ""
    return await page(
        request,
        "settings/scenes.html",
        scenes=scenes,
        archived=archived,
        older=older,
        purposes=PURPOSE_NAMES,
        names=await names_of(services, {scene.by for scene in scenes}),
    )


async def new(request: web.Request) -> web.StreamResponse:
    """An empty form; it carries a mark by which a second sending is recognised."""
    purpose = request.query.get("purpose", ScenePurpose.DESK.value)
    return await _new(request, filled({"request": token_hex(16), "purpose": purpose}))


async def create(request: web.Request) -> web.StreamResponse:
    """Note the code, then have the platform make it; if it cannot, its page says so and offers to try again."""
    return await submit(request, _create, again=_new)


async def _create(request: web.Request, form: Form) -> web.StreamResponse:
    services, given = services_of(request), parse(form, NewScene)
    whose = given.practitioner_id if given.purpose is ScenePurpose.PRACTITIONER else ""
    if given.purpose is ScenePurpose.PRACTITIONER and services.clinic.practitioner(PractitionerId(whose)) is None:
        form.fail("practitioner_id", "请选择是哪位医生的名片")
        form.check()
    scene = await services.account.scenes.create(
        given.label,
        given.purpose,
        request=given.request,
        practitioner_id=whose,
        lasts_days=given.lasts_days,
        by=actor_of(request),
        now=now_of(request),
    )
    return await _generate(request, scene.id, done="二维码已生成，可以下载或打印。")


async def one(request: web.Request) -> web.StreamResponse:
    """One code: picture, numbers, who came by it, downloads."""
    scene = await _scene(request)
    return await _one(request, scene, filled({"label": scene.label, "revision": scene.revision}))


async def edit(request: web.Request) -> web.StreamResponse:
    """Another label, or put away and back."""
    return await submit(request, _edit, again=_again, overtaken=_overtaken)


async def _edit(request: web.Request, form: Form) -> web.StreamResponse:
    scene = await _scene(request)
    archived = {"away": True, "back": False}.get(form.get("place"), scene.archived)
    await services_of(request).account.scenes.edit(
        scene.id,
        whole_number(form.get("revision"), -1),
        label=form.get("label") if "label" in form.values else scene.label,
        archived=archived,
        by=actor_of(request),
        now=now_of(request),
    )
    return see_other(request, f"{HERE}/{scene.id}", done="已保存。")


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _one(request, await _scene(request), form)


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    scene = await _scene(request)
    form.values["revision"] = str(scene.revision)
    return await _one(request, scene, form, stale=[("名称", "", scene.label)])


async def generate(request: web.Request) -> web.StreamResponse:
    """Try once more, or make a new code for one that is over."""
    return await _generate(request, request.match_info["id"], done="二维码已生成。")


async def picture_svg(request: web.Request) -> web.StreamResponse:
    """The bare code, or with `poster=1` the one with name and label; with `download` as a file."""
    scene = await _with_code(request)
    if "poster" in request.query:
        body = scene_pictures.poster(scene.url, services_of(request).clinic.name, scene.label, _hint(scene))
    else:
        body = scene_pictures.svg(scene.url)
    return _picture(request, scene, body, "image/svg+xml", "svg")


async def picture_png(request: web.Request) -> web.StreamResponse:
    """The bare code as PNG."""
    scene = await _with_code(request)
    return _picture(request, scene, scene_pictures.png(scene.url), "image/png", "png")


async def printed(request: web.Request) -> web.StreamResponse:
    """A sheet to print: the clinic's name, the code, the label."""
    scene = await _with_code(request)
    size = request.query.get("size", "a6")
    return await page(
        request,
        "settings/scene_print.html",
        scene=scene,
        size=size if size in SIZES else "a6",
        sizes=SIZES,
        hint=_hint(scene),
        doctor=_doctor(request, scene),
    )


async def _generate(request: web.Request, scene_id: str, *, done: str) -> web.StreamResponse:
    scenes = services_of(request).account.scenes
    try:
        await scenes.generate(scene_id, by=actor_of(request), now=now_of(request))
    except PlatformError as error:
        scene = await scenes.one(scene_id, by=actor_of(request))
        form = filled({"label": scene.label, "revision": scene.revision})
        form.fail(WHOLE, f"微信还没有生成这个二维码：{error.advice}")
        return await _one(request, scene, form)
    return see_other(request, f"{HERE}/{scene_id}", done=done)


async def _new(request: web.Request, form: Form) -> web.StreamResponse:
    clinic = services_of(request).clinic
    return await page(
        request,
        "settings/scene_new.html",
        status=200 if form.ok else 422,
        form=form,
        purposes=[(purpose.value, name) for purpose, name in PURPOSE_NAMES.items()],
        practitioners=[(each.id, each.name) for each in clinic.practitioners if not each.retired],
        lasts=LASTS,
    )


async def _one(
    request: web.Request, scene: Scene, form: Form, *, stale: list[tuple[str, str, str]] | None = None
) -> web.StreamResponse:
    services, actor = services_of(request), actor_of(request)
    may_see = actor.may("patients:patient:read")
    wanted = [ContactId(each.contact_id) for each in scene.newcomers] if may_see else []
    people = await services.patients.contacts(wanted)
    return await page(
        request,
        "settings/scene.html",
        status=200 if form.ok else 422,
        scene=scene,
        form=form,
        stale_rows=stale or [],
        purposes=PURPOSE_NAMES,
        doctor=_doctor(request, scene),
        newcomers=[
            (people[ContactId(each.contact_id)], each.at) for each in scene.newcomers if each.contact_id in people
        ],
        over=scene.over(now_of(request)),
        sizes=SIZES,
        names=await names_of(services, {scene.by}),
    )


async def _scene(request: web.Request) -> Scene:
    return await services_of(request).account.scenes.one(request.match_info["id"], by=actor_of(request))


async def _with_code(request: web.Request) -> Scene:
    scene = await _scene(request)
    if not scene.url:
        raise CodeMissingError
    return scene


def _doctor(request: web.Request, scene: Scene) -> Practitioner | None:
    """Whose card the code is on."""
    clinic = services_of(request).clinic
    return clinic.practitioner(PractitionerId(scene.practitioner_id)) if scene.practitioner_id else None


def _hint(scene: Scene) -> str:
    return HINTS.get(scene.purpose, HINT)


def _picture(request: web.Request, scene: Scene, body: bytes, kind: str, ending: str) -> web.Response:
    headers = {"Cache-Control": "private, no-cache", "Content-Security-Policy": "default-src 'none'"}
    if "download" in request.query:
        headers["Content-Disposition"] = attachment(f"code.{ending}", f"二维码-{scene.label}.{ending}")
    return web.Response(body=body, content_type=kind, headers=headers)


def _moment(request: web.Request) -> datetime | None:
    try:
        return read_moment(request.query.get("before", ""))
    except DayError:
        return None
