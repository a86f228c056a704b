"""The plan editor: its steps as a line, approval, publishing with whom it affects, pausing and retiring."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web

from wxbot.approval import SelfApprovalError
from wxbot.care.plans.findings import blocking
from wxbot.care.plans.records import PlanRecord, Running
from wxbot.care.plans.refusals import PlanError
from wxbot.care.plans.toml_text import plan_toml
from wxbot.care.plans.words import anchor_words
from wxbot.days import DayError, read_moment
from wxbot.errors import FieldErrors
from wxbot.templates.records import Stage
from wxbot.web.console.care_plan_line import line_of
from wxbot.web.console.care_plans import LONGEST_TITLE, limited_to, marks_of
from wxbot.web.console.forms import WHOLE, Form, filled, whole_number
from wxbot.web.console.frame import actor_of, fragment, now_of, page, see_other, services_of
from wxbot.web.console.submit import sentences, submit
from wxbot.workflow import NotNowError

PAST = "这个时间已经过去；要立即生效，请留空"
NO_RUNNING = "请选择正在进行的患者怎么办"
OVERTAKEN = "您打开这一页之后，{}改动了这个计划。下面是最新的内容，请看过再决定。"
REFUSED = (PlanError, NotNowError, SelfApprovalError)
Step = Callable[..., Awaitable[Any]]


async def edit(request: web.Request) -> web.StreamResponse:
    """The editor, or for who may not edit, the plan as it stands."""
    return await plan_page(request, Form())


async def rename(request: web.Request) -> web.StreamResponse:
    """Keep another name in the draft."""
    return await submit(request, _rename, again=plan_page, overtaken=plan_overtaken, refused=REFUSED)


async def _rename(request: web.Request, form: Form) -> web.StreamResponse:
    editor, kept = services_of(request).plans.editor, await kept_of(request)
    title = form.get("title")
    if not title or len(title) > LONGEST_TITLE:
        raise FieldErrors({"title": f"请填写 1 到 {LONGEST_TITLE} 个字的名称"})
    plan = replace(await editor.content(kept, by=actor_of(request)), title=title)
    await editor.save(kept.id, plan, by=actor_of(request), now=now_of(request), revision=revision_of(form))
    return see_other(request, address(kept), done="草稿已保存")


async def file(request: web.Request) -> web.StreamResponse:
    """The plan as a file of config/care_plans."""
    kept = await kept_of(request)
    text = plan_toml(await services_of(request).plans.editor.content(kept, by=actor_of(request)))
    headers = {"Content-Disposition": f'attachment; filename="{kept.id}.toml"'}
    return web.Response(text=text, content_type="application/toml", charset="utf-8", headers=headers)


async def affected(request: web.Request) -> web.StreamResponse:
    """How many patients are in the middle of the plan, for the box beside the publish button."""
    kept = await kept_of(request)
    services, now = services_of(request), now_of(request)
    plan = await services.plans.editor.content(kept, by=actor_of(request))
    try:
        at = _moment(request, request.query.get("effective_from", ""), now) or now
    except FieldErrors:
        at = now
    found = await services.plans.running.affected(plan, at, now)
    return await fragment(request, "care/_affected.html", affected=found)


async def ask_approval(request: web.Request) -> web.StreamResponse:
    """Ask for approval of the draft as it is kept."""
    return await _step(request, services_of(request).plans.editor.submit, "已提交，请另一位同事审批")


async def approve(request: web.Request) -> web.StreamResponse:
    """Say yes, with or without a comment."""
    return await _step(request, services_of(request).plans.editor.approve, "已批准，可以发布了", commented=True)


async def return_for_changes(request: web.Request) -> web.StreamResponse:
    """Say what must be changed."""
    done = "已退回，写的人会看到您的意见"
    return await _step(request, services_of(request).plans.editor.return_for_changes, done, commented=True)


async def discard(request: web.Request) -> web.StreamResponse:
    """Throw the draft away."""
    return await _step(request, services_of(request).plans.editor.discard, "草稿已放弃")


async def publish(request: web.Request) -> web.StreamResponse:
    """Follow it from a moment on; an empty field means at once."""
    return await submit(request, _publish, again=plan_page, overtaken=plan_overtaken, refused=REFUSED)


async def _publish(request: web.Request, form: Form) -> web.StreamResponse:
    services, now = services_of(request), now_of(request)
    at = _moment(request, form.get("effective_from"), now)
    version = await services.plans.editor.publish(
        request.match_info["key"],
        by=actor_of(request),
        now=now,
        revision=revision_of(form),
        running=running_of(form),
        effective_from=at,
    )
    when = "现在起生效" if at is None else f"{at.month}月{at.day}日 {at:%H:%M} 起生效"
    done = f"已发布第 {version.number} 版，{when}；正在进行的患者{version.running.label}"
    return see_other(request, f"/console/care/plans/{version.key}", done=done)


async def pause(request: web.Request) -> web.StreamResponse:
    """Send nothing of it until it is resumed."""
    return await _step(request, services_of(request).plans.editor.pause, "已暂停，不再发送这个计划的内容")


async def resume(request: web.Request) -> web.StreamResponse:
    """Send again."""
    return await _step(request, services_of(request).plans.editor.resume, "已继续，错过的步骤按各自的设置补发或跳过")


async def retire(request: web.Request) -> web.StreamResponse:
    """Let nobody begin it any more."""
    return await _step(request, services_of(request).plans.editor.retire, "已停用，不再有新的患者进入")


async def restore(request: web.Request) -> web.StreamResponse:
    """Let patients begin it again."""
    return await _step(request, services_of(request).plans.editor.restore, "已重新启用")


# -- what the pages of a plan have in common -------------------------------------------------------------------


async def kept_of(request: web.Request) -> PlanRecord:
    """The plan of the address."""
    return await services_of(request).plans.editor.get(request.match_info["key"], by=actor_of(request))


def address(kept: PlanRecord) -> str:
    """Where its page is."""
    return f"/console/care/plans/{kept.id}"


def revision_of(form: Form) -> int:
    """The revision that the page showed."""
    return whole_number(form.get("revision"), 0)


def running_of(form: Form) -> Running:
    """What becomes of running patients. Raises FieldErrors: nothing was chosen."""
    try:
        return Running(form.get("running"))
    except ValueError:
        raise FieldErrors({"running": NO_RUNNING}) from None


async def plan_overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    """The page as it stands now, and who changed it."""
    kept = await kept_of(request)
    who = kept.draft.author.name if kept.draft is not None else "同事"
    form.fail(WHOLE, OVERTAKEN.format(who))
    return await plan_page(request, form)


async def plan_page(request: web.Request, form: Form) -> web.StreamResponse:
    """The plan as it stands, with what was typed beside the steps of the workflow, and why nothing was done."""
    services, by, now = services_of(request), actor_of(request), now_of(request)
    kept = await kept_of(request)
    plan = await services.plans.editor.content(kept, by=by)
    found = services.plans.editor.check(plan)
    shown = filled({"title": plan.title})
    names = ("comment", "effective_from", "running", *(("title",) if form.errors.get("title") else ()))
    shown.values.update({name: form.get(name) for name in names if form.get(name)})
    if form.errors:
        shown.fail(WHOLE, sentences(form))
        shown.errors.update(form.errors)
    return await page(
        request,
        "care/edit.html",
        kept=kept,
        plan=plan,
        form=shown,
        marks=list(marks_of(services, kept, now)),
        begins=anchor_words(plan.anchor),
        limited_to=limited_to(services, plan),
        line=line_of(services, plan, found),
        findings=[each for each in found if not each.step],
        blocked=len(blocking(found)),
        live=kept.in_force(now),
        running=Running,
        waiting=kept.stage is Stage.WAITING,
        approved=kept.stage is Stage.APPROVED,
        own=kept.draft is not None and by.by in kept.draft.authors,
        self_approval=services.plans.editor.approval.self_approval,
    )


# -- parts -----------------------------------------------------------------------------------------------------


async def _step(request: web.Request, step: Step, done: str, *, commented: bool = False) -> web.StreamResponse:
    """Take one step of the workflow with the plan as its page showed it."""
    taken = partial(_taken, step, done, commented)
    return await submit(request, taken, again=plan_page, overtaken=plan_overtaken, refused=REFUSED)


async def _taken(step: Step, done: str, commented: bool, request: web.Request, form: Form) -> web.StreamResponse:
    key = request.match_info["key"]
    more = {"comment": form.get("comment")} if commented else {}
    await step(key, by=actor_of(request), now=now_of(request), revision=revision_of(form), **more)
    return see_other(request, f"/console/care/plans/{key}", done=done)


def _moment(request: web.Request, typed: str, now: datetime) -> datetime | None:
    if not typed:
        return None
    zone = services_of(request).clinic.timezone
    try:
        at = read_moment(typed, zone).astimezone(zone)
    except DayError as error:
        raise FieldErrors({"effective_from": error.sentence}) from None
    if at <= now:
        raise FieldErrors({"effective_from": PAST})
    return at
