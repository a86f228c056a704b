"""关怀推送: the list, one broadcast with its recipients, approval, progress."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aiohttp import web

from wxbot.approval import SelfApprovalError
from wxbot.broadcasts.audience import describe
from wxbot.broadcasts.errors import AudienceChangedError, TwinError
from wxbot.broadcasts.models import (
    IN_PROGRESS,
    Broadcast,
    BroadcastAction,
    BroadcastId,
    BroadcastState,
    Preview,
    Recipient,
)
from wxbot.days import DayError, moment_of
from wxbot.history.models import PatientId
from wxbot.patients import masking
from wxbot.services import Services
from wxbot.templates.models import Rendered
from wxbot.web.console.broadcast_words import (
    ACTION_NAMES,
    CHANNELS,
    OUTCOMES,
    PURPOSES,
    STATES,
    WILLS,
    reason_words,
)
from wxbot.web.console.forms import Form, whole_number
from wxbot.web.console.frame import actor_of, fragment, now_of, page, see_other, services_of
from wxbot.web.console.submit import sentences, submit

LISTED = 50  # rows of one page
NOT_APPROVED = frozenset({BroadcastState.DRAFT, BroadcastState.PREVIEWED, BroadcastState.WAITING})
WORDS: dict[str, Any] = {
    "states": STATES,
    "purposes": PURPOSES,
    "action_names": ACTION_NAMES,
    "wills": WILLS,
    "channels": CHANNELS,
    "outcomes": OUTCOMES,
    "reason_words": reason_words,
}

BUTTONS = {  # name in the page → the action behind it
    "edit": BroadcastAction.EDITED,
    "recheck": BroadcastAction.PREVIEWED,
    "submit": BroadcastAction.SUBMITTED,
    "approve": BroadcastAction.APPROVED,
    "return_for_changes": BroadcastAction.RETURNED,
    "pause": BroadcastAction.PAUSED,
    "resume": BroadcastAction.RESUMED,
    "cancel": BroadcastAction.CANCELLED,
}


async def index(request: web.Request) -> web.StreamResponse:
    """Every broadcast, the newest first."""
    services = services_of(request)
    found = await services.broadcasts.newest(by=actor_of(request), before=_cursor(request), limit=LISTED)
    older = ""
    if len(found) == LISTED:
        older = f"/console/broadcasts?before={found[-1].created_at.timestamp():.3f}&id={found[-1].id}"
    people = {broadcast.id: describe(broadcast.audience, services.clinic) for broadcast in found}
    names = {broadcast.id: services.templates.name_of(broadcast.template) for broadcast in found}
    first = "before" not in request.query
    return await page(
        request,
        "broadcasts/index.html",
        broadcasts=found,
        older=older,
        people=people,
        names=names,
        first=first,
        **WORDS,
    )


async def show(request: web.Request) -> web.StreamResponse:
    """One broadcast: what it says, who gets it and who does not, and what can be done with it now."""
    services, actor = services_of(request), actor_of(request)
    broadcast = await services.broadcasts.find(BroadcastId(request.match_info["id"]), by=actor)
    return await page(request, "broadcasts/show.html", **await _page_context(request, broadcast))


async def progress(request: web.Request) -> web.StreamResponse:
    """The progress, polled every few seconds while it runs."""
    services, actor = services_of(request), actor_of(request)
    broadcast = await services.broadcasts.find(BroadcastId(request.match_info["id"]), by=actor)
    far = await services.broadcasts.progress(broadcast, by=actor)
    return await fragment(
        request, "broadcasts/_progress.html", broadcast=broadcast, far=far, in_progress=IN_PROGRESS, **WORDS
    )


async def preview_run(request: web.Request) -> web.StreamResponse:
    """The progress of a preview in the background; when it is done, the browser goes to the result."""
    broadcast = await services_of(request).broadcasts.find(BroadcastId(request.match_info["id"]), by=actor_of(request))
    if broadcast.preview_run is None:
        return see_other(request, f"/console/broadcasts/{broadcast.id}")
    return await fragment(request, "broadcasts/_preview_run.html", broadcast=broadcast)


async def recheck(request: web.Request) -> web.StreamResponse:
    """Preview the broadcast again."""
    broadcast_id = BroadcastId(request.match_info["id"])
    broadcast = await services_of(request).broadcasts.drafts.preview(
        broadcast_id, by=actor_of(request), now=now_of(request)
    )
    done = "名单已按现在的情况重新核对" if broadcast.preview_run is None else "正在重新核对名单"
    return see_other(request, f"/console/broadcasts/{broadcast_id}", done=done)


async def ask_approval(request: web.Request) -> web.StreamResponse:
    """Ask for approval."""
    broadcast_id = BroadcastId(request.match_info["id"])
    await services_of(request).broadcasts.drafts.submit(broadcast_id, by=actor_of(request), now=now_of(request))
    return see_other(request, f"/console/broadcasts/{broadcast_id}", done="已提交，请另一位主管或管理员审批")


async def approve(request: web.Request) -> web.StreamResponse:
    """Let it be sent, if the recipients are still those that were seen."""
    return await submit(request, _approve, again=_again, refused=(SelfApprovalError, AudienceChangedError, TwinError))


async def _approve(request: web.Request, form: Form) -> web.StreamResponse:
    broadcast_id, by, now = BroadcastId(request.match_info["id"]), actor_of(request), now_of(request)
    twice = form.all("twice")
    broadcast = await services_of(request).broadcasts.approve(
        broadcast_id, form.get("seen"), twice=twice, by=by, now=now
    )
    if broadcast.preview_run is not None:
        return see_other(request, f"/console/broadcasts/{broadcast_id}", done="正在逐人再核对一次，没有变化就会批准")
    begins = "马上开始发送" if broadcast.starts_at is None else "会按时开始发送"
    return see_other(request, f"/console/broadcasts/{broadcast_id}", done=f"已批准，{begins}")


async def return_for_changes(request: web.Request) -> web.StreamResponse:
    """Return it to its author."""
    return await submit(request, _return_for_changes, again=_again)


async def _return_for_changes(request: web.Request, form: Form) -> web.StreamResponse:
    broadcast_id, by, now = BroadcastId(request.match_info["id"]), actor_of(request), now_of(request)
    await services_of(request).broadcasts.drafts.return_for_changes(broadcast_id, form.get("note"), by=by, now=now)
    return see_other(request, f"/console/broadcasts/{broadcast_id}", done="已退回修改")


async def pause(request: web.Request) -> web.StreamResponse:
    """Send nothing more for now."""
    broadcast_id = BroadcastId(request.match_info["id"])
    await services_of(request).broadcasts.pause(broadcast_id, by=actor_of(request), now=now_of(request))
    return see_other(request, f"/console/broadcasts/{broadcast_id}", done="已暂停，没有发出的先不发")


async def resume(request: web.Request) -> web.StreamResponse:
    """Send on."""
    return await submit(request, _resume, again=_again, refused=(SelfApprovalError, AudienceChangedError))


async def _resume(request: web.Request, _: Form) -> web.StreamResponse:
    broadcast_id = BroadcastId(request.match_info["id"])
    await services_of(request).broadcasts.resume(broadcast_id, by=actor_of(request), now=now_of(request))
    return see_other(request, f"/console/broadcasts/{broadcast_id}", done="继续发送")


async def cancel(request: web.Request) -> web.StreamResponse:
    """End it: messages that were not sent are dropped."""
    broadcast_id = BroadcastId(request.match_info["id"])
    await services_of(request).broadcasts.cancel(broadcast_id, by=actor_of(request), now=now_of(request))
    return see_other(request, f"/console/broadcasts/{broadcast_id}", done="已取消，没有发出的不会再发")


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    """The broadcast's page with why nothing was done."""
    broadcast = await services_of(request).broadcasts.find(BroadcastId(request.match_info["id"]), by=actor_of(request))
    context = await _page_context(request, broadcast)
    return await page(request, "broadcasts/show.html", **{**context, "complaint": sentences(form)})


async def _page_context(request: web.Request, broadcast: Broadcast) -> dict[str, Any]:
    services, actor = services_of(request), actor_of(request)
    rows = await _rows(request, broadcast)
    template = services.templates.get(broadcast.template) if broadcast.template in services.templates.keys else None
    return {
        **WORDS,
        **rows,
        "broadcast": broadcast,
        "described": describe(broadcast.audience, services.clinic),
        "template": template,
        "far": await services.broadcasts.progress(broadcast, by=actor) if broadcast.next_slot else None,
        "in_progress": IN_PROGRESS,
        "reasons": _reasons(broadcast.preview),
        "examples": _examples(rows["rows"], rows["readings"]),
        "may": _buttons(request, broadcast),
        "twins": await services.broadcasts.twins(broadcast, by=actor) if broadcast.state in NOT_APPROVED else (),
        "complaint": "",
    }


async def _rows(request: web.Request, broadcast: Broadcast) -> dict[str, Any]:
    """A page of recipients: names, messages and outcomes."""
    services, actor = services_of(request), actor_of(request)
    will = request.query.get("will", "") if request.query.get("will", "") in WILLS else ""
    reason = request.query.get("reason") if will else None
    after = whole_number(request.query.get("after"), -1)
    found = await services.broadcasts.people(
        broadcast, by=actor, outcome=will, reason=reason, after=after, limit=LISTED
    )
    older = ""
    if len(found) == LISTED:
        chosen = f"will={will}&" if will else ""
        chosen += f"reason={reason}&" if reason is not None else ""
        older = f"/console/broadcasts/{broadcast.id}?{chosen}after={found[-1].position}#people"
    return {
        "rows": found,
        "older": older,
        "will": will,
        "reason": reason,
        "names": await _names(services, found),
        "readings": await services.broadcasts.readings(broadcast, found, by=actor),
        "messages": await services.broadcasts.sent(found, by=actor) if broadcast.next_slot else {},
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
    read = [readings[row.id] for row in rows if row.outcome in {"send", "wait"} and row.id in readings]
    by_length = sorted({each.text: each for each in read}.values(), key=lambda each: len(each.text))
    return by_length if len(by_length) <= 1 else [by_length[0], by_length[-1]]


def _buttons(request: web.Request, broadcast: Broadcast) -> dict[str, bool]:
    """Which buttons are shown, by name."""
    possible = services_of(request).broadcasts.possible_actions(broadcast, by=actor_of(request))
    return {button: action in possible for button, action in BUTTONS.items()}


def _cursor(request: web.Request) -> tuple[datetime, BroadcastId] | None:
    before, broadcast_id = request.query.get("before", ""), request.query.get("id", "")
    try:
        return (moment_of(float(before)), BroadcastId(broadcast_id)) if before else None
    except (ValueError, DayError):
        return None
