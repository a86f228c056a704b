"""What a colleague writes at the desk: answers, notes, drafts; taking back; what is left when nothing may be sent."""

from typing import Any

from aiohttp import web

from wxbot.conversations.models import AgentStatus
from wxbot.errors import FieldErrors, StaleError
from wxbot.ids import new_id
from wxbot.web.console.desk_form import MOST_KEY, action, episode_of, line_in, moment_in
from wxbot.web.console.desk_thread import contact_of
from wxbot.web.console.forms import Form, whole_number
from wxbot.web.console.frame import actor_of, fragment, now_of, services_of

MOST_NAME = 20  # characters typed of a colleague's name
OFFERED = 8  # colleagues at once
MOST_WORDS = 5_000  # characters read of a box; the use case knows the platform's limit and says it


def _text(form: Form) -> str:
    """What was typed, as it was typed: findings name places in it."""
    return form.values.get("text", "")[:MOST_WORDS]


async def _reply(request: web.Request, form: Form) -> str | dict[str, Any]:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    episode, text = await episode_of(request), _text(form)
    replies, key = services.chat.replies, form.get("key")[:MOST_KEY] or new_id(now)
    later, overriding = form.get("at"), line_in(form, "overriding")
    try:
        if later:
            at = moment_in(request, later, "at")
            await replies.send_later(episode.id, text, key=key, at=at, overriding=overriding, by=actor, now=now)
        else:
            await replies.send(episode.id, text, key=key, overriding=overriding, by=actor, now=now)
    except FieldErrors as error:
        for field, sentence in error.fields.items():
            form.fail(field, sentence)
        return {"checked": await replies.check(episode.id, text, by=actor, now=now), "text": text}
    if failed := form.get("again"):
        await replies.put_away(failed, contact_id=episode.contact_id, by=actor)
    return {"sent": True, "key": new_id(now), **await _emptied(request, form, note=False)}


async def _emptied(request: web.Request, form: Form, *, note: bool) -> dict[str, Any]:
    """The box is empty after what was typed there was sent or noted: so is the draft, but for another window's.

    Its new edit.
    """
    drafts, actor = services_of(request).chat.drafts, actor_of(request)
    if form.get("typed_in") == "box":
        edit = whole_number(form.get("edit"), 0)
        await drafts.sent(contact_of(request), _text(form), note=note, edit=edit, by=actor)
    _, _, edit = await drafts.of(contact_of(request), by=actor)
    return {"edit": edit}


async def check(request: web.Request) -> web.StreamResponse:
    """What stands against a text, while it is typed."""
    services, text = services_of(request), str((await request.post()).get("text", ""))[:MOST_WORDS]
    episode = await services.chat.desk.of_contact(contact_of(request))
    checked = None
    if episode is not None and text.strip():
        checked = await services.chat.replies.check(episode.id, text, by=actor_of(request), now=now_of(request))
    return await fragment(request, "desk/_findings.html", checked=checked, text=text, form=Form())


async def _take_back(request: web.Request, form: Form) -> str | dict[str, Any]:
    words = await services_of(request).chat.replies.take_back(
        form.get("key"), contact_id=contact_of(request), by=actor_of(request), now=now_of(request)
    )
    return {"done": "已收回，患者不会看到", "box": words}


async def _put_away(request: web.Request, form: Form) -> str:
    replies = services_of(request).chat.replies
    await replies.put_away(form.get("key"), contact_id=contact_of(request), by=actor_of(request))
    return "已处理，不再显示"


async def _invite(request: web.Request, form: Form) -> str:
    del form
    episode, ways = await episode_of(request), services_of(request).chat.replies.other_ways
    await ways.invite(episode.id, by=actor_of(request), now=now_of(request))
    return "已请患者写一条消息，收到后就能直接回复"


async def _phone(request: web.Request, form: Form) -> str:
    episode, ways = await episode_of(request), services_of(request).chat.replies.other_ways
    await ways.phone(episode.id, form.get("reason"), by=actor_of(request), now=now_of(request))
    return "已记到待办：打电话"


async def typing(request: web.Request) -> web.StreamResponse:
    """正在输入 on the patient's telephone."""
    services, episode = services_of(request), await services_of(request).chat.desk.of_contact(contact_of(request))
    if episode is not None and episode.owner == actor_of(request).id:
        await services.chat.replies.show_typing(episode.id, by=actor_of(request), now=now_of(request))
    return web.Response(status=204)


async def _note(request: web.Request, form: Form) -> str | dict[str, Any]:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    try:
        await services.chat.notes.write(
            contact_of(request),
            form.values.get("text", ""),
            key=form.get("key")[:MOST_KEY] or new_id(now),
            whisper=form.get("whisper") == "yes",
            line_id=form.get("line_id"),
            by=actor,
            now=now,
        )
    except FieldErrors as error:  # the complaints of a reply's `text` stand among its findings; a note has none
        raise FieldErrors(
            {"note" if name == "text" else name: words for name, words in error.fields.items()}
        ) from error
    return {"noted": True, "key": new_id(now), **await _emptied(request, form, note=True)}


async def colleagues(request: web.Request) -> web.StreamResponse:
    """Whom a note may mention, while somebody types @: a fragment of buttons, who is available first."""
    services, actor = services_of(request), actor_of(request)
    names = await services.chat.notes.may_mention(request.query.get("q", "")[:MOST_NAME], by=actor)
    agents = await services.chat.presence.agents()
    there = {each: agents[each].status if each in agents else AgentStatus.AWAY for each in names}
    order = list(AgentStatus)
    found = sorted(((names[each], there[each]) for each in names), key=lambda each: order.index(each[1]))
    return await fragment(request, "desk/_colleagues.html", found=found[:OFFERED])


async def draft(request: web.Request) -> web.StreamResponse:
    """Keep what is typed and not sent. Answers with its edit; an older one is told the later text, a longer one why."""
    form, drafts, actor = await request.post(), services_of(request).chat.drafts, actor_of(request)
    text, edit = str(form.get("text", "")), whole_number(str(form.get("edit", "")), 0)
    contact_id = contact_of(request)
    try:
        kept = await drafts.keep(
            contact_id, text, note=form.get("note") == "yes", edit=edit, by=actor, now=now_of(request)
        )
    except StaleError:
        later, as_note, kept = await drafts.of(contact_id, by=actor)
        return web.json_response({"edit": kept, "text": later, "note": as_note, "stale": True})
    except FieldErrors as error:
        return web.json_response({"edit": edit, "refused": error.sentence})
    return web.json_response({"edit": kept})


reply = action(_reply)
take_back = action(_take_back)
put_away = action(_put_away)
invite = action(_invite)
phone = action(_phone)
note = action(_note)
