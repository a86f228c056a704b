"""关怀推送: the list, one push with everybody on it, approval, progress."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aiohttp import web

from wxbot.errors import DomainError
from wxbot.history.models import PatientId
from wxbot.patients import masking
from wxbot.pushes.errors import PushProblemsError
from wxbot.pushes.models import UNDER_WAY, Preview, Push, PushId, PushState, Recipient
from wxbot.pushes.selection import described
from wxbot.services import Services
from wxbot.templates.models import Rendered
from wxbot.web.console.forms import read_form, whole_number
from wxbot.web.console.frame import actor_of, fragment, now_of, page, see_other, services_of
from wxbot.web.console.push_words import (
    CHANNELS,
    DID,
    OUTCOMES,
    PURPOSES,
    STATES,
    WILLS,
    reason_words,
)

LISTED = 50  # rows of one page
WORDS: dict[str, Any] = {
    "states": STATES,
    "purposes": PURPOSES,
    "did": DID,
    "wills": WILLS,
    "channels": CHANNELS,
    "outcomes": OUTCOMES,
    "reason_words": reason_words,
}


async def index(request: web.Request) -> web.StreamResponse:
    """Every push, the newest first."""
    services = services_of(request)
    found = await services.pushes.newest(actor_of(request), before=_cursor(request), limit=LISTED)
    older = ""
    if len(found) == LISTED:
        older = f"/console/pushes?before={found[-1].created_at.timestamp():.3f}&id={found[-1].id}"
    people = {push.id: described(push.selection, services.clinic) for push in found}
    names = {push.id: services.templates.name_of(push.template) for push in found}
    first = "before" not in request.query
    return await page(
        request, "pushes/index.html", pushes=found, older=older, people=people, names=names, first=first, **WORDS
    )


async def show(request: web.Request) -> web.StreamResponse:
    """One push: what it says, who gets it and who does not, and what can be done with it now."""
    services, actor = services_of(request), actor_of(request)
    push = await services.pushes.find(actor, PushId(request.match_info["id"]))
    return await page(request, "pushes/show.html", **await _whole(request, push))


async def progress(request: web.Request) -> web.StreamResponse:
    """How far it is, asked again every few seconds while it runs."""
    services, actor = services_of(request), actor_of(request)
    push = await services.pushes.find(actor, PushId(request.match_info["id"]))
    far = await services.pushes.progress(actor, push)
    return await fragment(request, "pushes/_progress.html", push=push, far=far, under_way=UNDER_WAY, **WORDS)


async def working_out(request: web.Request) -> web.StreamResponse:
    """How far a list is that is worked out in the background; when it is through, the browser goes to the result."""
    push = await services_of(request).pushes.find(actor_of(request), PushId(request.match_info["id"]))
    if push.working_out is None:
        return see_other(request, f"/console/pushes/{push.id}")
    return await fragment(request, "pushes/_working_out.html", push=push)


async def recheck(request: web.Request) -> web.StreamResponse:
    """Work out the list anew."""
    push_id = PushId(request.match_info["id"])
    push = await services_of(request).pushes.writing.preview(actor_of(request), push_id, now_of(request))
    done = "名单已按现在的情况重新核对" if push.working_out is None else "正在重新核对名单"
    return see_other(request, f"/console/pushes/{push_id}", done=done)


async def submit(request: web.Request) -> web.StreamResponse:
    """Ask for approval."""
    push_id = PushId(request.match_info["id"])
    await services_of(request).pushes.writing.submit(actor_of(request), push_id, now_of(request))
    return see_other(request, f"/console/pushes/{push_id}", done="已提交，请另一位主管或管理员审批")


async def approve(request: web.Request) -> web.StreamResponse:
    """Let it go out, if the list is still the one that was seen."""
    services, actor, push_id = services_of(request), actor_of(request), PushId(request.match_info["id"])
    form = await read_form(request)
    try:
        push = await services.pushes.approve(actor, push_id, form.get("seen"), now_of(request))
    except DomainError as error:
        if not _told_here(error):
            raise
        return await _complain(request, push_id, str(error))
    if push.working_out is not None:
        return see_other(request, f"/console/pushes/{push_id}", done="正在逐人再核对一次，没有变化就会批准")
    begins = "马上开始发送" if push.starts_at is None else "会按时开始发送"
    return see_other(request, f"/console/pushes/{push_id}", done=f"已批准，{begins}")


async def give_back(request: web.Request) -> web.StreamResponse:
    """Return it to whoever wrote it."""
    push_id = PushId(request.match_info["id"])
    form = await read_form(request)
    try:
        await services_of(request).pushes.writing.give_back(
            actor_of(request), push_id, form.get("note"), now_of(request)
        )
    except PushProblemsError as error:
        return await _complain(request, push_id, str(error))
    return see_other(request, f"/console/pushes/{push_id}", done="已退回修改")


async def pause(request: web.Request) -> web.StreamResponse:
    """Let nothing more leave for now."""
    push_id = PushId(request.match_info["id"])
    await services_of(request).pushes.pause(actor_of(request), push_id, now_of(request))
    return see_other(request, f"/console/pushes/{push_id}", done="已暂停，没有发出的先不发")


async def resume(request: web.Request) -> web.StreamResponse:
    """Go on."""
    push_id = PushId(request.match_info["id"])
    try:
        await services_of(request).pushes.resume(actor_of(request), push_id, now_of(request))
    except DomainError as error:
        if not _told_here(error):
            raise
        return await _complain(request, push_id, str(error))
    return see_other(request, f"/console/pushes/{push_id}", done="继续发送")


async def cancel(request: web.Request) -> web.StreamResponse:
    """End it: what has not left never will."""
    push_id = PushId(request.match_info["id"])
    await services_of(request).pushes.cancel(actor_of(request), push_id, now_of(request))
    return see_other(request, f"/console/pushes/{push_id}", done="已取消，没有发出的不会再发")


def _told_here(error: DomainError) -> bool:
    """Errors whose words belong on the push's own page."""
    return error.code in {"own_work", "people_changed", "invalid_input"}


async def _complain(request: web.Request, push_id: PushId, words: str) -> web.StreamResponse:
    push = await services_of(request).pushes.find(actor_of(request), push_id)
    return await page(request, "pushes/show.html", **{**await _whole(request, push), "complaint": words})


async def _whole(request: web.Request, push: Push) -> dict[str, Any]:
    services, actor = services_of(request), actor_of(request)
    rows = await _rows(request, push)
    template = services.templates.get(push.template) if push.template in services.templates.keys else None
    return {
        **WORDS,
        **rows,
        "push": push,
        "described": described(push.selection, services.clinic),
        "template": template,
        "far": await services.pushes.progress(actor, push) if push.next_turn else None,
        "under_way": UNDER_WAY,
        "reasons": _reasons(push.preview),
        "examples": _examples(rows["rows"], rows["readings"]),
        "may": _possible(request, push),
        "complaint": "",
    }


async def _rows(request: web.Request, push: Push) -> dict[str, Any]:
    """A page of people with who they are, what they would read, and what became of it."""
    services, actor = services_of(request), actor_of(request)
    will = request.query.get("will", "") if request.query.get("will", "") in WILLS else ""
    reason = request.query.get("reason") if will else None
    place = whole_number(request.query.get("after"), -1)
    found = await services.pushes.people(actor, push, will=will, reason=reason, after=place, limit=LISTED)
    older = ""
    if len(found) == LISTED:
        chosen = f"will={will}&" if will else ""
        chosen += f"reason={reason}&" if reason is not None else ""
        older = f"/console/pushes/{push.id}?{chosen}after={found[-1].place}#people"
    return {
        "rows": found,
        "older": older,
        "will": will,
        "reason": reason,
        "names": await _names(services, found),
        "readings": await services.pushes.readings(actor, push, found),
        "messages": await services.pushes.sent(actor, found) if push.next_turn else {},
    }


async def _names(services: Services, rows: Sequence[Recipient]) -> dict[PatientId, tuple[str, str]]:
    """Patient → name (or the contact's alias) and masked telephone."""
    patients = await services.patients.patients({row.patient_id for row in rows})
    contacts = await services.patients.contacts({row.contact_id for row in rows if row.contact_id is not None})
    named: dict[PatientId, tuple[str, str]] = {}
    for row in rows:
        patient = patients.get(row.patient_id)
        contact = contacts.get(row.contact_id) if row.contact_id is not None else None
        name = (patient.name if patient else None) or (contact.alias if contact else "") or "未登记姓名"
        named[row.patient_id] = (name, masking.phone(patient.phone) if patient and patient.phone else "")
    return named


def _reasons(preview: Preview | None) -> list[tuple[str, str, int]]:
    """(will, reason, number) in the order in which they matter."""
    if preview is None:
        return []
    order = list(WILLS)
    split = [(*key.partition("/")[::2], number) for key, number in preview.counts.items()]
    return sorted(split, key=lambda each: (order.index(each[0]), -each[2]))


def _examples(rows: Sequence[Recipient], readings: dict[str, Rendered]) -> list[Rendered]:
    """The shortest and the longest of what goes out, of the people on this page."""
    read = [readings[row.id] for row in rows if row.will in {"send", "wait"} and row.id in readings]
    by_length = sorted({each.text: each for each in read}.values(), key=lambda each: len(each.text))
    return by_length if len(by_length) <= 1 else [by_length[0], by_length[-1]]


def _possible(request: web.Request, push: Push) -> dict[str, bool]:
    """Which buttons are shown; the use cases look again."""
    actor, state = actor_of(request), push.state
    writes = actor.may("pushes:push:write") and (
        push.purpose.value != "marketing" or actor.may("pushes:marketing:write")
    )
    approves = writes and actor.may("pushes:push:approve")
    waiting, idle = state is PushState.WAITING, push.working_out is None
    return {
        "edit": writes and state in {PushState.DRAFT, PushState.PREVIEWED},
        "recheck": writes and idle and state in {PushState.DRAFT, PushState.PREVIEWED, PushState.WAITING},
        "submit": writes and idle and state is PushState.PREVIEWED,
        "approve": approves and idle and waiting,
        "give_back": waiting and (approves or (writes and actor.by in push.authors)),
        "pause": writes and state in {PushState.APPROVED, PushState.RUNNING},
        "resume": writes and state is PushState.PAUSED,
        "cancel": writes and state not in {PushState.DONE, PushState.CANCELLED},
        "own": actor.by in push.authors,
    }


def _cursor(request: web.Request) -> tuple[datetime, PushId] | None:
    before, push_id = request.query.get("before", ""), request.query.get("id", "")
    try:
        return (datetime.fromtimestamp(float(before), tz=now_of(request).tzinfo), PushId(push_id)) if before else None
    except (ValueError, OverflowError, OSError):
        return None
