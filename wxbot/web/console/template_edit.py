"""The template editor: write, see it on a phone, have it approved, publish it, try it on one's own WeChat."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web

from wxbot.approval import SelfApprovalError
from wxbot.days import DayError, read_moment
from wxbot.errors import FieldErrors
from wxbot.messaging import Channel
from wxbot.services import Services
from wxbot.templates.checks import Severity
from wxbot.templates.preview import view
from wxbot.templates.records import Content, Stage, TemplateRecord, template_of
from wxbot.templates.refusals import TemplateError
from wxbot.templates.variable_words import label_of
from wxbot.web.console.forms import WHOLE, Form, read_form, whole_number
from wxbot.web.console.frame import actor_of, fragment, now_of, page, see_other, services_of
from wxbot.web.console.keys import ACCOUNT
from wxbot.web.console.seen import changes_since, remember_seen
from wxbot.web.console.submit import sentences, submit
from wxbot.web.console.template_form import content_from, empties, form_of, rows_for, words_of
from wxbot.web.console.templates import marks_of, unlike_file
from wxbot.workflow import NotNowError

SEVERITY_MARKS = {
    Severity.BLOCK: ("必须改", "bad"),
    Severity.WARN: ("请留意", "warn"),
    Severity.HINT: ("建议", "calm"),
}
PAST = "这个时间已经过去；要立即生效，请留空"

REFUSED = (TemplateError, NotNowError, SelfApprovalError)
Step = Callable[..., Awaitable[Any]]
CARDS = tuple(
    (name, f"{channel.label}卡片", channel, hint)
    for name, channel, hint in (
        ("template_card", Channel.TEMPLATE, "关注的患者都能收到；只用于就诊有关的通知，会显示在锁屏上。"),
        ("notice_card", Channel.NOTICE, "患者自己订阅过才能收到，一次订阅收一条；会显示在锁屏上。"),
    )
)


async def edit(request: web.Request) -> web.StreamResponse:
    """The editor, or for who may not edit the template as it stands."""
    kept = await _kept(request)
    return await _page(request, kept, form_of(services_of(request).template_editor.content_now(kept)))


async def preview(request: web.Request) -> web.StreamResponse:
    """What is being written, on two phones, with everything found in it."""
    kept = await _kept(request)
    form = await read_form(request)
    content = content_from(form, services_of(request).templates.bindings)
    return await fragment(request, "templates/_preview.html", **_looks(services_of(request), kept, content))


async def save(request: web.Request) -> web.StreamResponse:
    """Keep the draft; with `then=submit` ask for approval as well."""
    return await submit(request, _save, again=_again, overtaken=_overtaken)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    editor, kept = services_of(request).template_editor, await _kept(request)
    by, now = actor_of(request), now_of(request)
    content = content_from(form, services_of(request).templates.bindings)
    form.check()
    saved = await editor.save(kept.id, content, by=by, revision=_revision(form), now=now)
    if form.get("then") != "submit":
        return see_other(request, _address(kept), done="草稿已保存")
    try:
        await editor.submit(kept.id, by=by, revision=saved.revision, now=now)
    except (TemplateError, NotNowError) as error:
        shown = form_of(editor.content_now(saved))
        shown.fail(WHOLE, f"草稿已保存，还不能提交：{error.sentence}")
        return await _page(request, saved, shown)
    return see_other(request, _address(kept), done="已提交，请另一位同事审批")


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _page(request, await _kept(request), form)


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    """What was typed stays; what the colleague changed stands above it."""
    kept = await _kept(request)
    now = services_of(request).template_editor.content_now(kept)
    changes = changes_since(form, words_of(now))
    remember_seen(form, words_of(now))
    author = kept.draft.author if kept.draft is not None else None
    return await _page(request, kept, form, changes=changes, changed_by=author)


async def ask_approval(request: web.Request) -> web.StreamResponse:
    """Ask for approval of the draft as it is kept."""
    return await _step(request, services_of(request).template_editor.submit, "已提交，请另一位同事审批")


async def approve(request: web.Request) -> web.StreamResponse:
    """Say yes, with or without a comment."""
    return await _step(request, services_of(request).template_editor.approve, "已批准，可以发布了", commented=True)


async def return_for_changes(request: web.Request) -> web.StreamResponse:
    """Say what must be changed."""
    done = "已退回，写的人会看到您的意见"
    return await _step(request, services_of(request).template_editor.return_for_changes, done, commented=True)


async def discard(request: web.Request) -> web.StreamResponse:
    """Throw the draft away."""
    return await _step(request, services_of(request).template_editor.discard, "草稿已放弃")


async def publish(request: web.Request) -> web.StreamResponse:
    """Say it from a moment on; an empty field means at once."""
    return await submit(request, _publish, again=_refused, overtaken=_step_overtaken, refused=REFUSED)


async def _publish(request: web.Request, form: Form) -> web.StreamResponse:
    services, now, typed = services_of(request), now_of(request), form.get("effective_from")
    at: datetime | None = None
    if typed:
        try:
            at = read_moment(typed, services.clinic.timezone).astimezone(services.clinic.timezone)
        except DayError as error:
            raise FieldErrors({WHOLE: error.sentence}) from None
        if at <= now:
            raise FieldErrors({WHOLE: PAST})
    await services.template_editor.publish(
        request.match_info["key"], by=actor_of(request), revision=_revision(form), now=now, effective_from=at
    )
    done = "已发布，现在起按新内容发送" if at is None else f"已定时，{at.month}月{at.day}日 {at:%H:%M} 起按新内容发送"
    return see_other(request, f"/console/templates/{request.match_info['key']}", done=done)


async def retire(request: web.Request) -> web.StreamResponse:
    """Offer it no more."""
    return await _step(request, services_of(request).template_editor.retire, "已停用")


async def restore(request: web.Request) -> web.StreamResponse:
    """Offer it again."""
    return await _step(request, services_of(request).template_editor.restore, "已重新启用")


async def trial(request: web.Request) -> web.StreamResponse:
    """Send it to one's own WeChat."""
    return await submit(request, _trial, again=_refused, refused=REFUSED)


async def _trial(request: web.Request, _: Form) -> web.StreamResponse:
    kept = await _kept(request)
    await services_of(request).test_sends.send(
        kept.id, request[ACCOUNT].openid, by=actor_of(request), now=now_of(request)
    )
    return see_other(request, _address(kept), done="已试发，请看自己的微信")


async def _step(request: web.Request, step: Step, done: str, *, commented: bool = False) -> web.StreamResponse:
    """Take one step of the workflow with the template as its page showed it."""
    return await submit(
        request,
        partial(_taken, step, done, commented),
        again=_refused,
        overtaken=_step_overtaken,
        refused=REFUSED,
    )


async def _taken(step: Step, done: str, commented: bool, request: web.Request, form: Form) -> web.StreamResponse:
    key = request.match_info["key"]
    more = {"comment": form.get("comment")} if commented else {}
    await step(key, by=actor_of(request), revision=_revision(form), now=now_of(request), **more)
    return see_other(request, f"/console/templates/{key}", done=done)


async def _step_overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    form.fail(WHOLE, "您打开这一页之后，同事改动了这个模板。下面是最新的内容，请看过再决定。")
    return await _refused(request, form)


async def _refused(request: web.Request, form: Form) -> web.StreamResponse:
    """The page as it stands now, with what was typed beside the steps, and why nothing was done."""
    kept = await _kept(request)
    shown = form_of(services_of(request).template_editor.content_now(kept))
    shown.values.update({name: form.get(name) for name in ("comment", "effective_from")})
    shown.fail(WHOLE, sentences(form))
    return await _page(request, kept, shown)


async def _page(
    request: web.Request,
    kept: TemplateRecord,
    form: Form,
    changes: list[tuple[str, str, str]] | None = None,
    changed_by: Any = None,
) -> web.StreamResponse:
    services, now = services_of(request), now_of(request)
    bindings = services.templates.bindings
    content = content_from(_silent(form), bindings)
    use = services.template_editor.usage(kept.id)
    live = kept.in_force(now)
    cards = [card for each in services.templates.all() for card in (each.template_card, each.notice_card) if card]
    titles = {card.template_id: card.title for card in cards if card.title}
    return await page(
        request,
        "templates/edit.html",
        kept=kept,
        form=form,
        purpose=kept.purpose.label,
        use=use,
        live=live,
        marks=marks_of(services, kept, now),
        label_of=label_of,
        variables=[each for each in services.template_editor.variables.values() if each.name in use.variables],
        empties=empties(content, services.template_editor.variables),
        cards=[
            {
                "kind": kind,
                "title": words,
                "hint": hint,
                "rows": rows_for(form, kind, bindings),
                "bindings": [
                    (each.id, f"{each.title or titles.get(each.id, each.id)}{'' if each.template_id else '（未绑定）'}")
                    for each in bindings.values()
                    if each.kind is channel
                ],
            }
            for kind, words, channel, hint in CARDS
        ],
        changes=changes or [],
        changed_by=changed_by,
        unlike_file=unlike_file(services, kept),
        waiting=kept.stage is Stage.WAITING,
        approved=kept.stage is Stage.APPROVED,
        own=kept.draft is not None and actor_of(request).by in kept.draft.authors,
        self_approval=services.template_editor.approval.self_approval,
        **_looks(services, kept, content),
    )


def _looks(services: Services, kept: TemplateRecord, content: Content) -> Mapping[str, Any]:
    """Two phones and everything found."""
    ground = services.template_editor.check_context(kept.id)
    template = template_of(kept.id, kept.purpose, kept.event, content)
    shortest, longest = ground.samples()
    found = services.template_editor.check(kept, content)
    return {
        "phones": [
            ("最长的例子", view(template, longest, ground.bindings)),
            ("最短的例子", view(template, shortest, ground.bindings)),
        ],
        "findings": [(each, *SEVERITY_MARKS[each.severity]) for each in found],
        "blocked": any(each.severity is Severity.BLOCK for each in found),
        "bytes": len(content.text.encode()),
    }


def _silent(form: Form) -> Form:
    """A copy without the complaints, to be parsed once more for the preview."""
    return Form(values=dict(form.values), lists=dict(form.lists))


async def _kept(request: web.Request) -> TemplateRecord:
    return await services_of(request).template_editor.get(request.match_info["key"], by=actor_of(request))


def _address(kept: TemplateRecord) -> str:
    return f"/console/templates/{kept.id}"


def _revision(form: Form) -> int:
    return whole_number(form.get("revision"), 0)
