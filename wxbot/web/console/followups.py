"""待办回访: what is to be done, urgent ones on top; closing with what came of it."""

from collections.abc import Sequence
from datetime import datetime, time
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import urlencode

from aiohttp import web

from wxbot.broadcasts.models import BroadcastId
from wxbot.conversations.episodes.handoff_tasks import refuse_while_open
from wxbot.days import NO_DAY, DayError, moment_of, read_day
from wxbot.errors import FieldErrors, InvalidInputError
from wxbot.followups.models import KIND_NAMES, FollowUp, FollowUpId, FollowUpKind
from wxbot.followups.store import Position
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, fragment, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit
from wxbot.web.console.task_rows import rows_of

LISTED = 50
NOT_REACHED = "没有接听，改天再打"  # closes nothing: the next day is asked for
OUTCOMES = ("已联系上，一切正常", "已联系上，有问题需跟进", NOT_REACHED, "号码不对", "患者不需要")
USUAL_HOUR = "10:00"  # proposed for the next call


async def index(request: web.Request) -> web.StreamResponse:
    """The open ones; `kind` narrows, `broadcast` shows the telephone list of one broadcast, closed ones among them."""
    return await _list(request, Form())


async def changed(request: web.Request) -> web.StreamResponse:
    """Whether the open list is another one than the page shows; asked for when a number of 今日 changes."""
    kind = _kind(request.query.get("kind", ""))
    found = await services_of(request).followups.open_ones(by=actor_of(request), kind=kind, limit=LISTED)
    fresh = _fingerprint(found) != request.query.get("seen", "")
    return await fragment(request, "followups/_changed.html", fresh=fresh, kind=kind.value if kind is not None else "")


async def close(request: web.Request) -> web.StreamResponse:
    """It is done, and this came of it."""
    return await submit(request, _close, again=_list)


async def _close(request: web.Request, form: Form) -> web.StreamResponse:
    followup_id = FollowUpId(request.match_info["id"])
    if form.get("chosen") == NOT_REACHED:
        return await _postpone(request, form, followup_id)
    services, outcome = services_of(request), form.get("outcome") or form.get("chosen")
    await refuse_while_open(services.followups, services.chat.desk, followup_id)
    try:
        await services.followups.close(followup_id, outcome, by=actor_of(request), now=now_of(request))
    except InvalidInputError as error:
        raise FieldErrors({f"outcome-{followup_id}": error.sentence}) from error
    return _back(request, form, "已记录结果")


async def _postpone(request: web.Request, form: Form, followup_id: FollowUpId) -> web.StreamResponse:
    """Nobody answered: it is due again on the day that was chosen."""
    services, field = services_of(request), f"again-{followup_id}"
    if not form.get("again"):
        raise FieldErrors({field: "请选下次打电话的日期"})
    await refuse_while_open(services.followups, services.chat.desk, followup_id)
    try:
        hour = time.fromisoformat(form.get("again_hour") or USUAL_HOUR)
        until = datetime.combine(read_day(form.get("again")), hour, services.clinic.timezone)
        after = await services.followups.postpone(followup_id, until, by=actor_of(request), now=now_of(request))
    except (InvalidInputError, ValueError) as error:
        raise FieldErrors({field: getattr(error, "sentence", NO_DAY)}) from error
    there = after.due_at.astimezone(services.clinic.timezone)
    return _back(request, form, f"已改到{there.month}月{there.day}日 {there:%H:%M} 再打")


def _back(request: web.Request, form: Form, done: str) -> web.StreamResponse:
    back = form.get("back")
    return see_other(request, back if back.startswith("/console/") else "/console/followups", done=done)


async def _list(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor = services_of(request), actor_of(request)
    kind = _kind(request.query.get("kind", ""))
    broadcast_id = request.query.get("broadcast", "")
    prefix = f"phone:broadcast/{broadcast_id}/" if broadcast_id.isalnum() else ""
    found = await services.followups.open_ones(by=actor, kind=kind, prefix=prefix, after=_after(request), limit=LISTED)
    broadcast = None
    if prefix and actor.may("broadcasts:broadcast:read"):
        broadcast = await services.broadcasts.find(BroadcastId(broadcast_id), by=actor)
    older = ""
    if len(found) == LISTED and not prefix:
        last = found[-1]
        where = {"kind": kind.value} if kind is not None else {}
        where |= {"after": f"{last.due_at.timestamp():.3f}", "id": last.id} | ({"urgent": "1"} if last.urgent else {})
        older = f"/console/followups?{urlencode(where)}"
    return await page(
        request,
        "followups/index.html",
        status=HTTPStatus.OK if form.ok else HTTPStatus.UNPROCESSABLE_ENTITY,
        tasks=found,
        rows=await rows_of(services, found, by=actor),
        form=form,
        kinds=[(each.value, KIND_NAMES[each]) for each in FollowUpKind],
        kind_names=KIND_NAMES,
        kind=kind.value if kind is not None else "",
        broadcast=broadcast,
        older=older,
        seen="" if prefix or _after(request) is not None else _fingerprint(found),
        outcomes=OUTCOMES,
        not_reached=NOT_REACHED,
        usual_hour=USUAL_HOUR,
        back=request.path_qs if request.method == "GET" else "/console/followups",
        may_close=actor.may("followups:task:close"),
    )


def _fingerprint(tasks: Sequence[FollowUp]) -> str:
    """Which follow-ups a list shows, and how often each was asked for or written to."""
    told = ",".join(f"{each.id}:{each.count}:{len(each.words)}:{each.attempts}" for each in tasks)
    return sha256(told.encode()).hexdigest()[:16]


def _kind(text: str) -> FollowUpKind | None:
    return FollowUpKind(text) if text in {each.value for each in FollowUpKind} else None


def _after(request: web.Request) -> Position | None:
    after, followup_id = request.query.get("after", ""), request.query.get("id", "")
    try:
        moment = moment_of(float(after)) if after else None
    except (ValueError, DayError):
        return None
    urgent = request.query.get("urgent", "") == "1"
    return Position(moment, followup_id, urgent) if moment is not None else None
