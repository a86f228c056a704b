"""会话: the page that is open all day. The lists on the left, what rings, who is there, and the search."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from wxbot.actors import Actor
from wxbot.conversations.escalation.ladder import LOST
from wxbot.conversations.models import AgentStatus
from wxbot.conversations.names import ContactNames
from wxbot.conversations.reading.lists import ListName, Row, WhyWaiting
from wxbot.conversations.reading.search import Hit
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.states import SUPERVISE
from wxbot.errors import FieldErrors
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, fragment, is_fragment, now_of, page, see_other, services_of
from wxbot.web.console.submit import sentences, submit
from wxbot.web.console.who import names_of
from wxbot.workflow import NotNowError

DESK = "/console/desk"
MOST_TYPED = 100  # characters of a query
MENTIONS = 20  # shown at once
LONGEST_ID = 64  # characters of a device's or contact's id
RESTING = frozenset({WhyWaiting.CLOSED, WhyWaiting.LUNCH})  # no business time passes: the clock stands


@dataclass(frozen=True, kw_only=True)
class Bell:
    """Something that rings for who looks, until it is touched. `mark` tells this time from the next."""

    kind: str  # offer, message, late
    contact_id: ContactId
    mark: str


@dataclass(frozen=True, kw_only=True)
class Paused:
    """Somebody who let so many offers pass in a row that they get no more until they say 在线 again."""

    name: str
    missed: int
    since: datetime | None


@dataclass(frozen=True, kw_only=True)
class Found:
    """A hit of the search, its text cut where it is marked: (words, whether they were sought)."""

    hit: Hit
    parts: tuple[tuple[str, bool], ...]


async def index(request: web.Request) -> web.StreamResponse:
    """The page without a talk opened."""
    return await page(request, "desk/index.html", talk=None, **await lists_for(request))


async def lists(request: web.Request) -> web.StreamResponse:
    """The left column: tabs with their counts, the rows of one list, what rings."""
    return await fragment(request, "desk/_lists.html", **await lists_for(request))


async def lists_for(request: web.Request, *, refused: str = "") -> dict[str, Any]:
    """What the left column shows; `list` names the list, `after` the row behind which it goes on."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    chosen = list_named(request.query.get("list", ""))
    after = request.query.get("after", "")[:LONGEST_ID]
    column, agent = await asyncio.gather(
        services.chat.lists.column(chosen, by=actor, now=now, after=after),
        services.chat.presence.agent(AccountId(actor.id)),
    )
    rows, counts = column.rows, column.counts
    eyes = await services.staff.names({each.account_id for row in rows for each in row.looking})
    return {
        "lists": tuple(ListName),
        "list": chosen,
        "counts": counts,
        "rows": rows,
        "eyes": eyes,
        "bells": bells_of(column.waiting, column.mine, actor),
        "paused": await _paused(request) if actor.may(SUPERVISE) else (),
        "unread": counts.get(ListName.WAITING, 0) + sum(1 for row in column.mine if row.episode.unread),
        "agent": agent,
        "refused": refused,
        "statuses": tuple(AgentStatus),
        "rules": services.chat.rules,
        "limits": limits_of,
        "ticks": ticks,
        "desk": DESK,
    }


def list_named(text: str) -> ListName:
    """The list of that name, the first one for any other."""
    return ListName(text) if text in {each.value for each in ListName} else ListName.WAITING


def bells_of(waiting: Sequence[Row], mine: Sequence[Row], actor: Actor) -> list[Bell]:
    """What rings for them: what is offered to them, what patients of theirs wrote, who waits too long."""
    found = []
    for row in waiting:
        it = row.episode
        since = it.waiting_since.isoformat() if it.waiting_since else it.opened_at.isoformat()
        if it.offer is not None and it.offer.to == actor.id:
            found.append(Bell(kind="offer", contact_id=it.contact_id, mark=it.offer.made_at.isoformat()))
        if LOST in it.rungs and actor.may(SUPERVISE):
            found.append(Bell(kind="late", contact_id=it.contact_id, mark=f"{LOST}:{it.passed_at}"))
        if row.tone == "late" and row.why not in RESTING:
            found.append(Bell(kind="late", contact_id=it.contact_id, mark=since))
    for row in mine:
        it = row.episode
        if it.unread:
            found.append(Bell(kind="message", contact_id=it.contact_id, mark=f"{it.patient_at}:{it.unread}"))
        if row.tone in {"ring", "late"}:
            found.append(Bell(kind="late", contact_id=it.contact_id, mark=f"{row.tone}:{it.waiting_since}"))
    return found


async def _paused(request: web.Request) -> list[Paused]:
    """Who was put on 小休 because they let offers pass; for supervisors, whom the page tells of themselves anyway."""
    services, actor = services_of(request), actor_of(request)
    most = services.chat.rules.pause_after_missed
    agents = await services.chat.presence.agents()
    found = [each for each in agents.values() if each.paused_by_missing(most) and each.account_id != actor.id]
    names = await services.staff.names([each.account_id for each in found])
    return [
        Paused(name=names[each.account_id], missed=each.missed_offers, since=each.status_since)
        for each in found
        if each.account_id in names
    ]


def limits_of(row: Row, rules: DeskRules) -> tuple[int, int]:
    """After how many seconds of waiting a row rings and is late."""
    if row.episode.first_reply_at is None:
        return int(rules.ring_after.total_seconds()), int(rules.first_reply.total_seconds())
    late = int(rules.next_reply.total_seconds())
    return late, late


def ticks(row: Row) -> bool:
    """Whether its time of waiting goes on now."""
    return row.episode.waiting_since is not None and row.why not in RESTING


async def found(request: web.Request) -> web.StreamResponse:
    """People and messages, while somebody types."""
    services, query = services_of(request), request.query.get("q", "").strip()[:MOST_TYPED]
    hits = await services.chat.search.find(query, by=actor_of(request), now=now_of(request)) if query else []
    shown = [Found(hit=each, parts=cut(each)) for each in hits]
    return await fragment(request, "desk/_found.html", found=shown, query=query, desk=DESK)


async def mentions(request: web.Request) -> web.StreamResponse:
    """Where colleagues wrote @ and their name, the newest first."""
    services, actor = services_of(request), actor_of(request)
    notes = await services.chat.notes.mentioning(by=actor, limit=MENTIONS)
    called = await ContactNames(services.patients).of({each.contact_id for each in notes})
    names = await names_of(services, {each.by for each in notes})
    return await fragment(request, "desk/_mentions.html", notes=notes, called=called, names=names, desk=DESK)


def cut(hit: Hit) -> tuple[tuple[str, bool], ...]:
    """A hit's text in pieces, each with whether it was sought."""
    pieces, at = [], 0
    for start, end in sorted(hit.marks):
        if start < at:
            continue
        pieces += [(hit.text[at:start], False), (hit.text[start:end], True)]
        at = end
    pieces.append((hit.text[at:], False))
    return tuple((words, sought) for words, sought in pieces if words)


async def here(request: web.Request) -> web.StreamResponse:
    """A sign of life: which thread is looked at, and whether somebody writes there."""
    form = await request.post()
    device, contact = str(form.get("device", ""))[:LONGEST_ID], str(form.get("contact", ""))[:LONGEST_ID]
    presence, actor = services_of(request).chat.presence, actor_of(request)
    if not device:
        return web.Response(status=204)
    if form.get("left"):
        await presence.left(device=device, by=actor)
        return web.Response(status=204)
    await presence.beat(
        device=device,
        looking_at=ContactId(contact) if contact else None,
        writes=bool(form.get("writes")),
        silently=bool(form.get("silently")),
        by=actor,
    )
    return web.Response(status=204)


async def status(request: web.Request) -> web.StreamResponse:
    """在线, 小休, 用餐 or 离线."""
    return await submit(request, _status, again=_status_again, refused=(NotNowError,))


async def _status(request: web.Request, form: Form) -> web.StreamResponse:
    wanted = form.get("status")
    if wanted not in {each.value for each in AgentStatus}:
        raise FieldErrors({"status": "请选择在线、小休、用餐或离线"})
    presence = services_of(request).chat.presence
    agent = await presence.set_status(AgentStatus(wanted), by=actor_of(request), now=now_of(request))
    if not is_fragment(request):
        return see_other(request, DESK, done=f"现在是「{agent.status.label}」")
    return await fragment(request, "desk/_lists.html", **await lists_for(request))


async def _status_again(request: web.Request, form: Form) -> web.StreamResponse:
    context = await lists_for(request, refused=sentences(form))
    if is_fragment(request):
        return await fragment(request, "desk/_lists.html", **context)
    return await page(request, "desk/index.html", talk=None, status=422, **context)
