"""A patient's one timeline: lines of the transcript as staff read them, a portion at a time, narrowed by chips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.days import DayError, moment_of
from wxbot.history.kinds import RULES, Topic, kinds_of, sentence, words_shown
from wxbot.history.models import (
    By,
    ContactId,
    Direction,
    Interaction,
    Kind,
    PatientId,
    TimelineCursor,
    TimelineFilter,
)
from wxbot.media.models import Media
from wxbot.messaging import Purpose
from wxbot.patients.digit_searches import REVEAL
from wxbot.patients.imports.hiding import hidden
from wxbot.patients.models import Contact
from wxbot.patients.views import PatientDetail
from wxbot.services import Services
from wxbot.web.console.who import names_of

PORTION = 30  # lines shown at once
MEDIA = frozenset({"ImageMessage", "VoiceMessage"})  # lines with something to look at or listen to
LONGEST_CURSOR = 4_000  # characters of an address; a longer one was not written by us
_MILLISECONDS = len("253402300799000")  # the year 9999

_UNASKED = (Purpose.REMINDER, Purpose.CARE, Purpose.MARKETING)  # sent without a patient having asked
_TOPICS = {topic.value: (topic.label, TimelineFilter(kinds=kinds_of(topic))) for topic in Topic}
CHIPS: Mapping[str, tuple[str, TimelineFilter]] = {
    "all": ("全部", TimelineFilter()),
    "messages": _TOPICS["messages"],
    "visits": _TOPICS["visits"],
    "care": (Purpose.CARE.label, TimelineFilter(kinds=kinds_of(Topic.MESSAGES), purposes=_UNASKED)),
    **_TOPICS,
}


@dataclass(frozen=True)
class TimelineLine:
    """A line as the timeline shows it. `side` is `in`, `out` or `none`."""

    at: datetime
    who: str
    words: str
    side: str
    tone: str
    why: str
    media: Media | None = None  # the photo or voice, as far as it is had


@dataclass(frozen=True)
class Timeline:
    """A portion; `older` is the cursor of the next one, empty at the beginning."""

    lines: tuple[TimelineLine, ...]
    older: str
    chip: str


async def timeline_of(services: Services, detail: PatientDetail, *, chip: str, cursor: str, by: Actor) -> Timeline:
    """A portion of the timeline of a patient, their duplicates and their contacts."""
    contacts = [linked.contact for linked in detail.linked_contacts]
    return await timeline_about(services, detail.ids, contacts, chip=chip, cursor=cursor, by=by)


async def timeline_about(  # noqa: PLR0913 - one fact each
    services: Services,
    patient_ids: Sequence[PatientId],
    contacts: Sequence[Contact],
    *,
    chip: str,
    cursor: str,
    by: Actor,
) -> Timeline:
    """A portion of the timeline of those patients and contacts.

    Numbers that patients wrote into the chat are masked for who may not reveal telephones.
    """
    chosen = chip if chip in CHIPS else "all"
    found = await services.history.timeline_page(
        patient_ids,
        [contact.id for contact in contacts],
        before=_read(cursor),
        narrowed=CHIPS[chosen][1],
        limit=PORTION,
    )
    names = await names_of(services, [line.by for line in found.lines if line.by.startswith("staff:")])
    aliases = {contact.id: contact.alias for contact in contacts} if len(contacts) > 1 else {}
    media = await services.media.described([line.id for line in found.lines if line.payload.get("type") in MEDIA])
    lines = tuple(
        replace(_shown(line, names, aliases, services), media=media.get(line.id))
        for line in found.lines
        if not _is_receipt(line)
    )
    if not by.may(REVEAL):
        lines = tuple(replace(line, words=hidden(line.words), why=hidden(line.why)) for line in lines)
    return Timeline(lines, _written(found.older) if found.older else "", chosen)


async def deeds_of(services: Services, detail: PatientDetail, *, by: Actor) -> Sequence[object]:
    """The audit's entries about this record, newest first: who saw or changed what."""
    by.must("audit:entry:read")
    return await services.audit.of_subject(f"patient:{detail.card.id}", 50)


def _is_receipt(line: Interaction) -> bool:
    """A wordless push of the platform itself; what it settled has a line of its own."""
    return line.kind is Kind.MESSAGE_RECEIVED and line.by == By.SYSTEM and not line.text


def _shown(
    line: Interaction, names: Mapping[str, str], aliases: Mapping[ContactId, str], services: Services
) -> TimelineLine:
    spoken = line.kind in {Kind.MESSAGE_RECEIVED, Kind.MESSAGE_SENT} and line.text
    words = words_shown(line) if spoken else sentence(line, services.templates.name_of)
    if line.by == By.PATIENT:
        alias = aliases.get(line.contact_id, "") if line.contact_id else ""
        who = f"患者（{alias}）" if alias else "患者"
    else:
        who = names.get(line.by, "自动回复" if line.by == By.BOT else "系统")
    why = str(line.payload.get("explanation", "")) if line.kind is Kind.MESSAGE_SENT else ""
    side = line.direction.value if line.direction is not Direction.NONE else "none"
    return TimelineLine(line.at, who, words, side, RULES[line.kind].tone, why)


def _written(place: TimelineCursor) -> str:
    return f"{round(place.at.timestamp() * 1000)}~{','.join(place.shown)}"


def _read(text: str) -> TimelineCursor | None:
    """A cursor from an address; one that somebody made up starts at the newest line."""
    moment, mark, shown = text[:LONGEST_CURSOR].partition("~")
    if not mark or not moment.isdecimal() or len(moment) >= _MILLISECONDS:
        return None
    try:
        return TimelineCursor(at=moment_of(int(moment) / 1000), shown=tuple(filter(None, shown.split(","))))
    except DayError:
        return None
