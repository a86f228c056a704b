"""What is done at the desk with one talk: take, hand over, put off, tag, note a task. Each is one form."""

from datetime import timedelta
from typing import Any

from aiohttp import web

from wxbot.conversations.models import Handover, Snooze, SnoozeWake
from wxbot.errors import FieldErrors
from wxbot.followups.models import FollowUpKind
from wxbot.history.models import PatientId
from wxbot.ids import new_id
from wxbot.staff.models import AccountId
from wxbot.web.console.desk_form import MOST_KEY, action, episode_of, line_in, moment_in
from wxbot.web.console.desk_thread import contact_of
from wxbot.web.console.forms import Form, whole_number
from wxbot.web.console.frame import actor_of, now_of, services_of

# -- whose it is ------------------------------------------------------------------------------------------------------


async def _start(request: web.Request, form: Form) -> str:
    del form
    await services_of(request).chat.desk.start(contact_of(request), by=actor_of(request), now=now_of(request))
    return "您在接待，自动回复已停下"


async def _take(request: web.Request, form: Form) -> str:
    episode = await episode_of(request)
    await services_of(request).chat.desk.take(
        episode.id, reason=line_in(form, "reason"), by=actor_of(request), now=now_of(request)
    )
    return "您在接待"


async def _refuse(request: web.Request, form: Form) -> str:
    del form
    episode = await episode_of(request)
    await services_of(request).chat.desk.refuse(episode.id, by=actor_of(request), now=now_of(request))
    return "已转给下一位同事"


async def _take_over(request: web.Request, form: Form) -> str:
    episode = await episode_of(request)
    await services_of(request).chat.desk.take_over(
        episode.id, reason=line_in(form, "reason", needed="请写下接管的原因"), by=actor_of(request), now=now_of(request)
    )
    return "您已接管这个会话"


async def _unstick(request: web.Request, form: Form) -> str:
    episode = await episode_of(request)
    await services_of(request).chat.desk.unstick(
        episode.id,
        reason=line_in(form, "reason", needed="请写下放回队列的原因"),
        by=actor_of(request),
        now=now_of(request),
    )
    return "已放回队首"


async def _hand_over(request: web.Request, form: Form) -> str:
    episode, actor, now = await episode_of(request), actor_of(request), now_of(request)
    to = form.get("to")
    handover = Handover(
        at=now,
        by=AccountId(actor.id),
        to=AccountId(to) if to else None,
        reason=line_in(form, "reason", needed="请写下为什么转交，接手的同事要看"),
        asked=line_in(form, "asked"),
        promised=line_in(form, "promised"),
        still_open=line_in(form, "still_open"),
    )
    revision = whole_number(form.get("revision"), episode.revision)
    await services_of(request).chat.desk.hand_over(episode.id, handover, revision=revision, by=actor, now=now)
    return "已转给同事，对方接下之前仍可在列表里看到" if to else "已放回待回复"


async def _snooze(request: web.Request, form: Form) -> str:
    episode, now = await episode_of(request), now_of(request)
    wakes = form.get("wakes")
    minutes, until = whole_number(form.get("minutes"), 0), form.get("until")
    moment = moment_in(request, until, "until") if until else now + timedelta(minutes=minutes)
    if not until and not minutes:
        raise FieldErrors({"until": "请选择什么时候再看"})
    snooze = Snooze(
        until=moment,
        why=line_in(form, "why", needed="请写一句等什么，列表里会显示"),
        wakes=SnoozeWake(wakes) if wakes in {each.value for each in SnoozeWake} else SnoozeWake.REPLY,
    )
    await services_of(request).chat.desk.snooze(episode.id, snooze, by=actor_of(request), now=now)
    return "已设为稍后"


async def _wake(request: web.Request, form: Form) -> str:
    del form
    episode = await episode_of(request)
    await services_of(request).chat.desk.wake(episode.id, by=actor_of(request), now=now_of(request))
    return "继续接待"


async def _pin(request: web.Request, form: Form) -> str:
    episode, pinned = await episode_of(request), form.get("pinned") == "yes"
    await services_of(request).chat.desk.pin(episode.id, pinned=pinned, by=actor_of(request), now=now_of(request))
    return "已置顶在「我的」，再按一次取消" if pinned else "已取消置顶"


async def seen(request: web.Request) -> web.StreamResponse:
    """The thread is before the eyes of its owner: nothing in it is unread."""
    desk, actor = services_of(request).chat.desk, actor_of(request)
    episode = await desk.of_contact(contact_of(request))
    if episode is not None and episode.owner == actor.id and episode.unread:
        await desk.seen(episode.id, by=actor, now=now_of(request))
    return web.Response(status=204)


# -- beside the talk --------------------------------------------------------------------------------------------


async def _tag(request: web.Request, form: Form) -> dict[str, Any]:
    services, actor = services_of(request), actor_of(request)
    patient_id = await _patient(request, form)
    name = form.get("name") or form.get("chosen")
    if not name:
        raise FieldErrors({"name": "请写下或选一个标签"})
    await services.patient_marks.add_tag(patient_id, name, by=actor, now=now_of(request))
    return {"done": f"已加标签「{name}」", "changed_side": True}


async def _task(request: web.Request, form: Form) -> str:
    """What the talk leaves to be done becomes a task in 待办, with a way back to the talk."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    actor.must("followups:task:close")
    contact, patients = await services.patient_links.contact(contact_of(request), by=actor)
    due = form.get("due")
    await services.followups.open(
        key=f"desk:{contact.id}:{form.get('key')[:MOST_KEY] or new_id(now)}",
        kind=FollowUpKind.PHONE if form.get("kind") == "phone" else FollowUpKind.CHECK,
        reason=f"{line_in(form, 'reason', needed='请写下要做什么')}（{actor.name}从会话里记下）",
        contact_id=contact.id,
        patient_id=patients[0].id if len(patients) == 1 else None,
        due_at=moment_in(request, due, "due") if due else now + timedelta(hours=1),
        now=now,
    )
    return "已记到待办"


async def _keep_promise(request: web.Request, form: Form) -> dict[str, Any]:
    chat, actor, contact_id = services_of(request).chat, actor_of(request), contact_of(request)
    episode = await chat.desk.of_contact(contact_id)
    if episode is not None and episode.owner == actor.id:  # who answers now keeps what was promised
        await chat.promises.moved(contact_id, AccountId(actor.id))
    promise = await chat.promises.keep(form.get("promise"), contact_id=contact_id, by=actor, now=now_of(request))
    return {"done": f"已记为「{promise.state.label}」", "changed_side": True}


async def _patient(request: web.Request, form: Form) -> PatientId:
    """Which of the contact's patients a form is about. Raises FieldErrors."""
    _, patients = await services_of(request).patient_links.contact(contact_of(request), by=actor_of(request))
    if not patients:
        raise FieldErrors({"": "这位联系人还没有档案，请先建档。"})
    wanted = form.get("patient_id")
    found = next((each.id for each in patients if each.id == wanted), None)
    if found is None and len(patients) > 1:
        raise FieldErrors({"patient_id": "请选择是哪一位患者"})
    return found or patients[0].id


start = action(_start)
take = action(_take)
refuse = action(_refuse)
take_over = action(_take_over)
unstick = action(_unstick)
hand_over = action(_hand_over)
snooze = action(_snooze)
wake = action(_wake)
pin = action(_pin)
tag = action(_tag)
task = action(_task)
keep_promise = action(_keep_promise)
