"""The questions the desk asks before something is done with a talk: to whom, until when, how it ends, which hour."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from wxbot.actors import Actor
from wxbot.booking.models import Booker
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.conversations.closing.ending_words import EVENTS
from wxbot.conversations.closing.endings import Closing, is_patients
from wxbot.conversations.models import AgentStatus, Ending, Episode, SnoozeWake
from wxbot.conversations.states import SUPERVISE
from wxbot.days import moment_of, read_day
from wxbot.errors import DomainError, FieldErrors, NotFoundError
from wxbot.history.models import Interaction
from wxbot.ids import new_id
from wxbot.services import Services
from wxbot.web.console import desk_blocks
from wxbot.web.console.before_booking import ask_first
from wxbot.web.console.desk_form import MOST_LINE, action, episode_of, line_in
from wxbot.web.console.desk_sidebar import tags_of
from wxbot.web.console.desk_thread import contact_of, here
from wxbot.web.console.forms import Form, whole_number
from wxbot.web.console.frame import actor_of, fragment, is_fragment, now_of, page, services_of
from wxbot.workflow import NotNowError

READ_PAGES = 8  # of a thread, for its ending: an episode longer than that is decided by its latest lines
SOON = ((10, "10 分钟后"), (30, "半小时后"), (60, "1 小时后"), (180, "3 小时后"))
SLOTS = 8  # free hours offered at once
ASKED: Mapping[str, str] = {
    "take": "接待",
    "take-over": "接管",
    "unstick": "放回队首",
    "hand-over": "转给同事",
    "snooze": "稍后再看",
    "close": "结束会话",
    "tag": "加标签",
    "task": "记到待办",
    "phone": "记一个电话待办",
    "book": "约一个",
    "block": "拉黑",
    "unblock": "解除拉黑",
}


async def ask(request: web.Request) -> web.StreamResponse:
    """The dialog of an action, as a part of the page that is open; as a page of its own without scripts."""
    name = request.match_info["dialog"]
    if name not in ASKED:
        raise NotFoundError(f"no dialog {name!r}")
    context = await _CONTEXTS.get(name, _plain)(request)
    shown = {"title": ASKED[name], "dialog": name, "base": here(contact_of(request)), "form": Form(), **context}
    shown["whose"] = request.query.get("patient_id", "")  # chosen already, before the dialog was read anew
    if is_fragment(request):
        return await fragment(request, "desk/_dialog.html", **shown)
    return await page(request, "desk/dialog.html", **shown)


async def _plain(request: web.Request) -> dict[str, Any]:
    return {"episode": await services_of(request).chat.desk.of_contact(contact_of(request))}


async def _hand_over(request: web.Request) -> dict[str, Any]:
    """Colleagues who were ever at the desk, who is available first; what was said so far as a start."""
    services, actor = services_of(request), actor_of(request)
    episode = await episode_of(request)
    agents = {each: agent for each, agent in (await services.chat.presence.agents()).items() if each != actor.id}
    names = await services.staff.names(agents)
    order = list(AgentStatus)
    colleagues = sorted(
        ((each, names[each], agents[each].status) for each in agents if each in names),
        key=lambda each: (order.index(each[2]), each[1]),
    )
    promises = await services.chat.promises.open_of(contact_of(request))
    return {
        "episode": episode,
        "colleagues": colleagues,
        "someone": any(status is AgentStatus.AVAILABLE for _, _, status in colleagues),
        "asked": await _asked(services, episode, actor),
        "promised": "；".join(each.words for each in promises)[:MOST_LINE],
    }


async def _asked(services: Services, episode: Episode, by: Actor) -> str:
    """The patient's latest words that are no mere courtesy, for the colleague to mend; else why it was opened."""
    if episode.preview_by == "patient":
        return episode.preview
    thread = await services.chat.lists.thread(episode.contact_id, by=by)
    words = services.review.closings.words
    said = [each.text for each in thread.lines if is_patients(each) and each.text and each.text not in EVENTS]
    asked = [each for each in said if not words.nothing_more(each)]
    return asked[-1][:MOST_LINE] if asked else episode.reason


async def _snooze(request: web.Request) -> dict[str, Any]:
    now = now_of(request).astimezone(services_of(request).clinic.timezone)
    tomorrow = (now + timedelta(days=1)).replace(hour=9, minute=0)
    return {
        "episode": await episode_of(request),
        "soon": SOON,
        "wakes": tuple(SnoozeWake),
        "tomorrow": tomorrow.strftime("%Y-%m-%dT%H:%M"),
    }


async def _tag(request: web.Request) -> dict[str, Any]:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    _, patients = await services.patient_links.contact(contact_of(request), by=actor)
    cards = await services.records.cards(patients, now)
    has = set(tags_of(cards))
    return {"cards": cards, "usual": [each for each in services.chat.rules.tags if each not in has]}


# -- the end ----------------------------------------------------------------------------------------------------


async def _closing(request: web.Request) -> dict[str, Any]:
    episode = await episode_of(request)
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    lines = await _lines_of(services, episode, actor)
    closings = services.review.closings
    return {
        "episode": episode,
        "closing": await closings.propose(episode, lines, by=actor.by, now=now),
        "abuse": closings.abuse(lines),
        "meter": await services.chat.replies.meter(episode.contact_id, now),
        "key": new_id(now),
    }


async def closing_of(services: Services, episode: Episode, *, by: Actor, now: datetime) -> Closing:
    """What a close would come to now."""
    lines = await _lines_of(services, episode, by)
    return await services.review.closings.propose(episode, lines, by=by.by, now=now)


async def _lines_of(services: Services, episode: Episode, by: Actor) -> list[Interaction]:
    """The lines of an episode, oldest first."""
    found: list[Interaction] = []
    before = ""
    for _ in range(READ_PAGES):
        thread = await services.chat.lists.thread(episode.contact_id, by=by, before=before)
        found = [*thread.lines, *found]
        before = thread.older
        if not before or (thread.lines and thread.lines[0].at < episode.opened_at):
            break
    return [each for each in found if each.at >= episode.opened_at]


async def _close(request: web.Request, form: Form) -> dict[str, Any]:
    """End it. 主动结束 needs a supervisor, who says why."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    episode = await episode_of(request)
    closing = await closing_of(services, episode, by=actor, now=now)
    reason, ending = line_in(form, "reason"), closing.ending
    if closing.needs_reason:
        if not actor.may(SUPERVISE):
            raise NotNowError(f"现在结束会记为「{ending.kind.label}」，需要主管说明原因。可以先问一句，或请主管处理。")
        if not reason:
            raise FieldErrors({"reason": f"现在结束会记为「{ending.kind.label}」，请写下原因"})
    kept = Ending(
        kind=ending.kind,
        by=ending.by,
        at=ending.at,
        evidence=ending.evidence,
        reason=reason or ending.reason,
        after_warnings=ending.after_warnings,
    )
    note = line_in(form, "note") or f"会话里已回复（{ending.kind.label}）"
    revision = whole_number(form.get("revision"), episode.revision)
    await services.chat.desk.close(episode.id, kept, note=note, revision=revision, by=actor, now=now)
    return {"done": f"会话已结束：{ending.kind.label}", "closed": True}


# -- 约一个 ----------------------------------------------------------------------------------------------------


async def _booking(request: web.Request) -> dict[str, Any]:
    """The next free hours of a kind of visit, for one of the contact's patients."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    actor.must("booking:appointment:edit")
    _, patients = await services.patient_links.contact(contact_of(request), by=actor)
    clinic = services.clinic
    kinds = [each for each in clinic.visit_types if not each.retired]
    wanted, day = request.query.get("kind", ""), request.query.get("day", "")
    kind = next((each for each in kinds if each.id == wanted), kinds[0] if kinds else None)
    days, slots, refusal = [], [], ""
    if kind is not None:
        try:
            days = await services.booking.days(kind.id, None, now, booker=Booker.RETURNING)
            chosen = next((each.date for each in days if each.date == (read_day(day) if day else None)), None)
            chosen = chosen or (days[0].date if days else None)
            slots = await services.booking.slots(kind.id, None, chosen, now, booker=Booker.RETURNING) if chosen else []
            day = chosen.isoformat() if chosen else ""
        except DomainError as error:
            refusal = error.sentence
    return {
        "cards": await services.records.cards(patients, now),
        "kinds": kinds,
        "kind": kind,
        "days": days,
        "day": day,
        "slots": slots[:SLOTS],
        "more": len(slots) > SLOTS,
        "refusal": refusal,
        "key": new_id(now),
        "practitioners": {each.id: each.name for each in clinic.practitioners},
    }


async def _book(request: web.Request, form: Form) -> dict[str, Any]:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    contact, patients = await services.patient_links.contact(contact_of(request), by=actor)
    patient = next((each for each in patients if each.id == form.get("patient_id")), None)
    if patient is None and len(patients) == 1:
        (patient,) = patients
    if patient is None:
        raise FieldErrors({"patient_id": "请选择为谁预约"} if patients else {"": "还没有档案，请先建档再预约。"})
    start, _, practitioner = form.get("slot").partition("~")
    if not start.isdecimal() or len(start) > len("9999999999"):
        raise FieldErrors({"slot": "请选一个时间"})
    key, kind, wanted = (
        f"desk:{form.get('key')[:64] or new_id(now)}",
        VisitTypeId(form.get("kind")),
        moment_of(int(start)),
    )
    await ask_first(request, form, patient, kind, wanted, key)
    visit = await services.booking.book(
        request_key=key,
        contact_id=contact.id,
        patient_id=patient.id,
        visit_type_id=kind,
        practitioner_id=PractitionerId(practitioner) if practitioner else None,
        start=wanted,
        by=actor,
        now=now,
    )
    local = visit.start.astimezone(services.clinic.timezone)
    return {"done": f"已约 {local.month}月{local.day}日 {local:%H:%M}", "changed_side": True}


_CONTEXTS = {
    "hand-over": _hand_over,
    "snooze": _snooze,
    "close": _closing,
    "tag": _tag,
    "book": _booking,
    "block": desk_blocks.asking,
}

close = action(_close, leaves=True)
book = action(_book)
