"""The right column of the desk: the patient behind the talk, on one screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wxbot.actors import Actor
from wxbot.care.upcoming import NextStep
from wxbot.conversations.escalation.promises import Promise
from wxbot.conversations.models import Handover, Note
from wxbot.followups.models import FollowUp, FollowUpKind
from wxbot.patients.views import Card
from wxbot.services import Services
from wxbot.surveys.models import SurveyResponse
from wxbot.web.console.desk_view import Talk
from wxbot.web.console.visit_rows import VisitRow, rows_of
from wxbot.web.console.who import names_of

STEPS = 3  # of the care plan
KEY_POINTS = 3  # the latest notes
SOURCES = {"self": "在微信里自己登记", "system": "系统"}


@dataclass(frozen=True, kw_only=True)
class Sidebar:
    """What is known of the patient. With several patients of one contact, of all of them."""

    cards: tuple[Card, ...]
    coming: tuple[VisitRow, ...]
    last: VisitRow | None
    steps: tuple[NextStep, ...]
    source: str
    points: tuple[Note, ...]
    promises: tuple[Promise, ...]
    handover: Handover | None
    tasks: tuple[FollowUp, ...]
    surveys: tuple[SurveyResponse, ...]
    names: dict[str, str]


async def sidebar_of(services: Services, talk: Talk, *, by: Actor, now: datetime) -> Sidebar:
    """Read it. Every read is bounded."""
    ids = [each.id for each in talk.patients]
    cards = await services.records.cards(talk.patients, now)
    visits = await services.booking.of_patients(ids, limit=20) if ids else []
    coming = sorted((each for each in visits if each.live and each.end > now), key=lambda each: each.start)
    past = [each for each in visits if each.end <= now]
    latest = max(past, key=lambda each: each.start, default=None)
    steps = await services.care.upcoming(ids, now, limit=STEPS) if ids else []
    notes = await services.chat.notes.of(talk.id, by=by)
    points = [each for each in notes if not each.whisper][-KEY_POINTS:]
    promises = await services.chat.promises.open_of(talk.id)
    tasks = await services.followups.open_of(ids, [talk.id], 10)
    handovers = talk.episode.handovers if talk.episode is not None else ()
    handover = handovers[-1] if handovers else None
    doers = {each.by for each in points} | {f"staff:{each.made_by}" for each in promises}
    if handover is not None:
        doers |= {f"staff:{each}" for each in (handover.by, handover.to) if each}
    return Sidebar(
        cards=tuple(cards),
        coming=tuple(await rows_of(services, coming)),
        last=(await rows_of(services, [latest]))[0] if latest is not None else None,
        steps=tuple(steps),
        source=await _source(services, talk),
        points=tuple(reversed(points)),
        promises=tuple(promises),
        handover=handover,
        tasks=tuple(each for each in tasks if each.kind is not FollowUpKind.HANDOFF),  # that one is the talk itself
        surveys=tuple(await services.surveys.asking.of_contact(talk.id, now)),
        names=await names_of(services, doers),
    )


async def _source(services: Services, talk: Talk) -> str:
    """Where they came from, in words."""
    if talk.contact.scene:
        label = await services.account.scenes.label_of(talk.contact.scene)
        return f"扫码：{label}" if label else "扫描诊所的二维码"
    if not talk.patients:
        return "微信关注"
    source = talk.patients[0].source
    if source in SOURCES:
        return SOURCES[source]
    if source.startswith("import:"):
        return "导入的名单"
    return f"{(await names_of(services, [source]))[source]}建档"


def tags_of(cards: Sequence[Card]) -> list[str]:
    """The tags of all of them, each once."""
    return list(dict.fromkeys(tag.name for card in cards for tag in card.tags))
