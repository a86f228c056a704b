"""待办回访 as a list: today, overdue, mine, done; by family or by what patients share. Closing what needs no call."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from hashlib import sha256
from urllib.parse import urlencode

from aiohttp import web

from wxbot.broadcasts.models import BroadcastId
from wxbot.conversations.episodes.handoff_tasks import refuse_while_open
from wxbot.days import DayError, moment_of
from wxbot.errors import FieldErrors, InvalidInputError
from wxbot.followups.models import CALLED, KIND_NAMES, FollowUp, FollowUpId, FollowUpKind
from wxbot.followups.stores.followups import Position
from wxbot.followups.stores.worklist import DoneFilter
from wxbot.followups.worklist import LISTED, MOST_COUNTED, MOST_GROUPED, Tab
from wxbot.web.console import followup_card
from wxbot.web.console.followup_records import span_of
from wxbot.web.console.followup_rows import TRAITS, grouped, work_rows
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, fragment, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit


async def index(request: web.Request) -> web.StreamResponse:
    """One part of the list; `kind` narrows, `by` groups by a trait, `broadcast` shows the telephone list of one."""
    return await _list(request, Form())


async def changed(request: web.Request) -> web.StreamResponse:
    """Whether the open list is another one than the page shows; asked for when a number of 今日 changes."""
    kind = _kind(request.query.get("kind", ""))
    tab, limit = _tab(request, kind), MOST_GROUPED if request.query.get("by") in TRAITS else LISTED
    worklist = services_of(request).recalls.worklist
    found = await worklist.page(tab, by=actor_of(request), now=now_of(request), kind=kind, limit=limit)
    fresh = _fingerprint(found) != request.query.get("seen", "")
    where = {name: request.query[name] for name in ("tab", "kind", "by") if request.query.get(name)}
    again = f"/console/followups?{urlencode(where)}" if where else "/console/followups"
    return await fragment(request, "followups/_changed.html", fresh=fresh, again=again)


async def close(request: web.Request) -> web.StreamResponse:
    """It is done, and this came of it."""
    return await submit(request, _close, again=_again)


async def _close(request: web.Request, form: Form) -> web.StreamResponse:
    followup_id = FollowUpId(request.match_info["id"])
    services, outcome = services_of(request), form.get("outcome") or form.get("chosen")
    await refuse_while_open(services.followups, services.chat.desk, followup_id)
    await services.care.gaps.refuse_while_undecided(followup_id)
    try:
        await services.followups.close(followup_id, outcome, by=actor_of(request), now=now_of(request))
    except InvalidInputError as error:
        raise FieldErrors({f"outcome-{followup_id}": error.sentence}) from error
    back = form.get("back")
    return see_other(request, back if back.startswith("/console/") else "/console/followups", done="已记录结果")


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    """What is closed on its own card is refused there, everything else in the list."""
    task = await services_of(request).followups.by_id(FollowUpId(request.match_info["id"]))
    return await (followup_card.again if task is not None and task.kind in CALLED else _list)(request, form)


async def _list(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    kind = _kind(request.query.get("kind", ""))
    broadcast_id = request.query.get("broadcast", "")
    prefix = f"phone:broadcast/{broadcast_id}/" if broadcast_id.isalnum() else ""
    tab = _tab(request, kind)
    trait = request.query.get("by", "")
    trait = trait if trait in TRAITS and not prefix and tab is not Tab.DONE else ""
    limit = MOST_GROUPED if trait else LISTED
    after = _after(request)
    if prefix:
        found = await services.followups.open_ones(by=actor, prefix=prefix, limit=limit)
    else:
        found = await services.recalls.worklist.page(
            tab, by=actor, now=now, kind=kind, after=after, limit=limit, done=_done_filter(request, form)
        )
    broadcast = None
    if prefix and actor.may("broadcasts:broadcast:read"):
        broadcast = await services.broadcasts.find(BroadcastId(broadcast_id), by=actor)
    rows = await work_rows(services, found, by=actor, now=now)
    return await page(
        request,
        "followups/index.html",
        rows=rows,
        groups=grouped(rows, trait) if trait else [("", rows)],
        form=form,
        tabs=list(Tab),
        tab=tab,
        counts={} if prefix else await services.recalls.worklist.counts(by=actor, now=now),
        most=MOST_COUNTED,
        traits=TRAITS,
        trait=trait,
        kinds=[(each.value, KIND_NAMES[each]) for each in FollowUpKind],
        kind_names=KIND_NAMES,
        kind=kind.value if kind is not None else "",
        broadcast=broadcast,
        older=_older(request, tab, kind, found) if len(found) == LISTED and not prefix and not trait else "",
        seen="" if prefix or after is not None or tab is Tab.DONE else _fingerprint(found),
        most_attempts=services.recalls.rules.most,
        back=request.path_qs if request.method == "GET" else "/console/followups",
        may_close=actor.may("followups:task:close"),
    )


def _done_filter(request: web.Request, form: Form) -> DoneFilter | None:
    """What somebody did on some days, where the address names them: what a figure of the report counts."""
    doer, zone = request.query.get("doer", ""), services_of(request).clinic.timezone
    if not doer:
        return None
    today = now_of(request).astimezone(zone).date()
    first, last = span_of(request, form, today, today)
    until = datetime.combine(last + timedelta(days=1), time(), zone)
    return DoneFilter(since=datetime.combine(first, time(), zone), until=until, by=doer[:64])


def _older(request: web.Request, tab: Tab, kind: FollowUpKind | None, found: Sequence[FollowUp]) -> str:
    """The address of the next page."""
    last = found[-1]
    at = last.closed_at if tab is Tab.DONE and last.closed_at is not None else last.due_at
    where = {name: request.query[name] for name in ("doer", "from", "to") if request.query.get(name)}
    where |= {"tab": tab.value} | ({"kind": kind.value} if kind is not None else {})
    where |= {"after": f"{at.timestamp():.3f}", "id": last.id} | ({"urgent": "1"} if last.urgent else {})
    return f"/console/followups?{urlencode(where)}"


def _tab(request: web.Request, kind: FollowUpKind | None) -> Tab:
    """What the address names; a kind alone shows everything open of it, as the numbers of 今日 count it."""
    wanted = request.query.get("tab", "")
    if wanted in {each.value for each in Tab}:
        return Tab(wanted)
    return Tab.OPEN if kind is not None else Tab.TODAY


def _fingerprint(tasks: Sequence[FollowUp]) -> str:
    """Which follow-ups a list shows, and how often each was asked for or written to."""
    told = ",".join(f"{each.id}:{each.count}:{len(each.words)}" for each in tasks)
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
