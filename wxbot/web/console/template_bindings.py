"""模板绑定: which card stands for which template of the account, field by field, read from the platform."""

from collections.abc import Sequence

from aiohttp import web

from wxbot.errors import FieldErrors, PlatformError
from wxbot.services import Services
from wxbot.templates.bindings import proposal
from wxbot.templates.ports import AccountTemplate
from wxbot.templates.refusals import TemplateError
from wxbot.web.console.forms import WHOLE, Form, read_form, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit

ADDRESS = "/console/templates/bindings"


async def index(request: web.Request) -> web.StreamResponse:
    """Every card with what it is bound to, and the account's templates that no card uses."""
    services, actor = services_of(request), actor_of(request)
    platform, trouble = await _platform(services, request)
    states = await services.template_bindings.states(platform, by=actor)
    taken = {state.binding.template_id for state in states}
    free = [each for each in platform or () if each.id not in taken]
    return await page(request, "templates/bindings.html", states=states, free=free, trouble=trouble)


async def show(request: web.Request) -> web.StreamResponse:
    """One card: choose a template, and where each of our fields goes."""
    return await _page(request, Form(), chosen=request.query.get("template"))


async def bind(request: web.Request) -> web.StreamResponse:
    """Keep the choice; it counts at once."""
    return await submit(request, _bind, again=_again, overtaken=_overtaken, refused=(TemplateError,))


async def _bind(request: web.Request, form: Form) -> web.StreamResponse:
    field_map = {key.removeprefix("map."): form.get(key) for key in form.values if key.startswith("map.")}
    try:
        saved = await services_of(request).template_bindings.bind(
            request.match_info["name"],
            form.get("template_id"),
            field_map,
            by=actor_of(request),
            revision=whole_number(form.get("revision"), 0),
            now=now_of(request),
        )
    except PlatformError as error:
        raise FieldErrors({WHOLE: error.advice}) from error
    done = f"已绑定「{saved.title}」，现在起可以使用" if saved.template_id else "已解除绑定"
    return see_other(request, ADDRESS, done=done)


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _page(request, form, chosen=form.get("template_id"))


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    form.fail(WHOLE, "您打开这一页之后，同事改动了这个绑定。下面是最新的内容，请看过再决定。")
    return await _again(request, form)


async def verify(request: web.Request) -> web.StreamResponse:
    """Read titles and fields from the platform."""
    changed = await services_of(request).template_bindings.verify(by=actor_of(request), now=now_of(request))
    done = f"已从公众号读取，更新了 {changed} 个" if changed else "已从公众号读取，没有变化"
    return see_other(request, ADDRESS, done=done)


async def add(request: web.Request) -> web.StreamResponse:
    """A new card for a template of the account."""
    form = await read_form(request)
    services = services_of(request)
    try:
        made = await services.template_bindings.add(form.get("template_id"), by=actor_of(request), now=now_of(request))
    except TemplateError as error:
        return see_other(request, ADDRESS, done=error.sentence)
    return see_other(request, ADDRESS, done=f"已新建卡片「{made.title}」，写模板时可以选用")


async def _page(request: web.Request, form: Form, *, chosen: str | None) -> web.StreamResponse:
    services, actor = services_of(request), actor_of(request)
    platform, trouble = await _platform(services, request)
    state = await services.template_bindings.state(request.match_info["name"], platform, by=actor)
    binding = state.binding
    offered = [each for each in platform or () if each.kind is binding.kind]
    template_id = binding.template_id if chosen is None else chosen
    theirs = next((each for each in offered if each.id == template_id), None)
    fields = theirs.fields if theirs is not None else binding.fields
    known = dict(binding.field_map) if template_id == binding.template_id and binding.field_map else None
    mapped = known or proposal(state.ours, fields)
    for ours in state.ours:
        form.values.setdefault(f"map.{ours}", mapped.get(ours, ours))
    form.values["template_id"] = template_id
    return await page(
        request,
        "templates/binding.html",
        form=form,
        state=state,
        binding=binding,
        kind=binding.kind.label,
        offered=[(each.id, f"{each.title}（{'、'.join(label for _, label in each.fields)}）") for each in offered],
        theirs=theirs,
        targets=[("", "不发送"), *((key, f"{label}（{key}）") for key, label in fields)],
        trouble=trouble,
    )


async def _platform(services: Services, request: web.Request) -> tuple[Sequence[AccountTemplate] | None, str]:
    """The account's templates, or None and why the platform gave no answer."""
    try:
        return await services.template_bindings.platform(by=actor_of(request)), ""
    except PlatformError as error:
        return None, error.advice
