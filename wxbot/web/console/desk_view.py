"""What the desk shows of one talk: where it stands for who looks, and the lines of its thread as they are read."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wxbot.actors import STAFF, Actor
from wxbot.conversations.closing.ending_words import EVENTS
from wxbot.conversations.closing.endings import is_patients
from wxbot.conversations.models import Episode, EpisodeState, Note
from wxbot.conversations.reading.lists import Row, Thread
from wxbot.conversations.replies.reply_rules import why_unsent
from wxbot.conversations.replies.service import Meter, words_of
from wxbot.conversations.states import READ, REPLY, SUPERVISE
from wxbot.history.kinds import RULES, sentence, words_shown
from wxbot.history.models import By, ContactId, Direction, Interaction, Kind
from wxbot.labels import LabelledEnum
from wxbot.media.models import Media
from wxbot.outbox.lines import ended_ids, sent_id
from wxbot.outbox.models import Message, State
from wxbot.patients.digit_searches import REVEAL
from wxbot.patients.imports.hiding import hidden
from wxbot.patients.models import Contact, Patient
from wxbot.services import Services
from wxbot.web.console.who import names_of

FOLLOWS = "[关注]"  # one of EVENTS
BESIDE = timedelta(seconds=5)  # two lines so near tell of one thing
TOLD_BY: Mapping[Kind, Kind] = {  # which line tells what such a line would tell again
    Kind.FOLLOWUP_OPENED: Kind.CONVERSATION_OPENED,
    Kind.FOLLOWUP_CLOSED: Kind.CONVERSATION_CLOSED,
}
SPOKEN = frozenset({Kind.MESSAGE_RECEIVED, Kind.MESSAGE_SENT})


class TalkState(LabelledEnum):
    """Where a talk stands, seen by one colleague: it decides what the page offers."""

    BOT = ("bot", "自动回复接待中")
    WAITING = ("waiting", "待回复")
    MINE = ("mine", "我在接待")
    LATER = ("later", "稍后")
    THEIRS = ("theirs", "同事在接待")


@dataclass(frozen=True, kw_only=True)
class Talk:
    """One contact's talk with what the page says about it. `episode` is the open one; None: the bot talks."""

    contact: Contact
    patients: tuple[Patient, ...]
    name: str
    row: Row | None
    episode: Episode | None
    stands: TalkState
    owner: str
    lookers: tuple[str, ...]  # colleagues who have it before them
    writers: tuple[str, ...]  # … and write
    meter: Meter
    may_reply: bool
    silently: bool  # a supervisor reads along: nothing shows it and nothing is marked as read

    @property
    def id(self) -> ContactId:
        """The contact."""
        return self.contact.id

    @property
    def answers(self) -> bool:
        """Whether who looks is the one who answers the contact now."""
        return self.stands in {TalkState.MINE, TalkState.LATER}

    @property
    def box(self) -> str:
        """The form of the reply box: what may be typed there."""
        if self.stands in {TalkState.BOT, TalkState.THEIRS} or not self.may_reply:
            return self.stands.value
        return self.meter.form.value


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of the thread. `style`: in, out, bot, event, note or whisper."""

    id: str
    at: datetime
    style: str
    who: str
    words: str
    media: Media | None = None
    tone: str = ""
    told: bool = False  # by the message itself, which stands below as not sent

    @property
    def milliseconds(self) -> int:
        """When, for the browser to sort by."""
        return round(self.at.timestamp() * 1000)


@dataclass(frozen=True, kw_only=True)
class Unsettled:
    """A colleague's message that is not in the transcript yet. `state`: held, later, sending, failed, unknown."""

    key: str
    words: str
    who: str
    mine: bool
    state: str
    at: datetime
    seconds: float  # until it leaves
    explanation: str
    photo: str = ""  # of a photo: its id in `media`
    ends: tuple[str, ...] = ()  # lines of the transcript that tell the same, while it stands here

    @property
    def typed_key(self) -> str:
        """The key that its author's browser made up: by it the author takes it back."""
        return self.key.split("/", 2)[-1]


async def talk_of(services: Services, contact_id: ContactId, *, by: Actor, now: datetime) -> Talk:
    """Raises ForbiddenError, NotFoundError (also for an erased contact)."""
    by.must(READ)
    (contact, patients), row, meter = await asyncio.gather(
        services.patient_links.contact(contact_id, by=by),
        services.chat.lists.row(contact_id, by=by, now=now),
        services.chat.replies.meter(contact_id, now),
    )
    episode = row.episode if row is not None and row.episode.is_open else None
    stands = standing_of(episode, by)
    others = [each for each in (row.looking if row is not None else ()) if each.account_id != by.id]
    shown = [each for each in others if not each.silently or by.may(SUPERVISE)]
    names = await services.staff.names([each.account_id for each in shown])
    silently = stands is TalkState.THEIRS and by.may(SUPERVISE)
    return Talk(
        contact=contact,
        patients=tuple(patients),
        name=(row.name if row is not None else "")
        or next((each.name for each in patients if each.name), contact.alias),
        row=row,
        episode=episode,
        stands=stands,
        owner=row.owner_name if row is not None and episode is not None else "",
        lookers=_named(names, (each.account_id for each in shown if not each.writes)),
        writers=_named(names, (each.account_id for each in shown if each.writes)),
        meter=meter,
        may_reply=by.may(REPLY),
        silently=silently,
    )


def standing_of(episode: Episode | None, by: Actor) -> TalkState:
    """Where it stands for them."""
    if episode is None or episode.state is EpisodeState.CLOSED:
        return TalkState.BOT
    if episode.state is EpisodeState.WAITING:
        return TalkState.WAITING
    if episode.owner != by.id:
        return TalkState.THEIRS
    return TalkState.LATER if episode.state is EpisodeState.SNOOZED else TalkState.MINE


async def items_of(services: Services, thread: Thread, *, by: Actor) -> list[Item]:
    """The thread's lines and notes as they are read, oldest first. Numbers are masked for who may not reveal them."""
    said = said_already(thread.lines)
    told = {line_id for message in thread.unsettled for line_id in ended_ids(message.id)}
    doers = {each.by for each in thread.lines} | {each.by for each in thread.notes}
    names = await names_of(services, {each for each in doers if each.startswith(STAFF)})
    lines = [
        replace(_line(each, names.get(each.by, ""), thread.media.get(each.id), services), told=each.id in told)
        for each in thread.lines
        if not _is_receipt(each) and each.id not in said
    ]
    notes = [_note(each, names.get(each.by, "")) for each in thread.notes]
    found = sorted((*lines, *notes), key=lambda item: (item.at, item.id))
    if not by.may(REVEAL):
        found = [replace(each, words=hidden(each.words)) for each in found]
    return found


async def unsettled_of(services: Services, messages: Sequence[Message], *, by: Actor, now: datetime) -> list[Unsettled]:
    """What colleagues wrote that has not arrived yet, as the thread's end shows it."""
    names = await names_of(services, {each.author for each in messages if each.author})
    return [_unsettled(each, names.get(each.author, ""), by, now) for each in messages]


def _line(line: Interaction, name: str, media: Media | None, services: Services) -> Item:
    words = words_shown(line) if line.kind in SPOKEN and line.text else sentence(line, services.templates.name_of)
    if line.kind not in SPOKEN or (line.direction is Direction.IN and line.text in EVENTS):
        style, who = "event", name or "系统"
    elif line.direction is Direction.IN:
        style, who = "in", "患者"
    elif name:
        style, who = "out", name
    else:
        style, who = "bot", "自动回复" if line.by == By.BOT else "系统消息"
    tone = RULES[line.kind].tone
    return Item(id=line.id, at=line.at, style=style, who=who, words=words or "", media=media, tone=tone)


def said_already(lines: Sequence[Interaction]) -> set[str]:
    """Ids of lines that say what another line beside them says: a talk's task, and the push of a new follower."""
    telling = [each for each in lines if each.kind in {Kind.CONTACT_FOLLOWED, *TOLD_BY.values()}]
    return {line.id for line in lines if any(_tells_of(each, line) for each in telling)}


def _tells_of(other: Interaction, line: Interaction) -> bool:
    if abs(other.at - line.at) > BESIDE:
        return False
    if line.text == FOLLOWS and is_patients(line):
        return other.kind is Kind.CONTACT_FOLLOWED
    return other.kind is TOLD_BY.get(line.kind) and other.text == line.text


def _is_receipt(line: Interaction) -> bool:
    """What the platform settled: the message itself shows it."""
    wordless = line.kind is Kind.MESSAGE_RECEIVED and line.by == By.SYSTEM and not line.text
    return wordless or line.kind is Kind.MESSAGE_SETTLED


def _note(note: Note, name: str) -> Item:
    style = "whisper" if note.whisper else "note"
    return Item(id=f"note:{note.id}", at=note.at, style=style, who=name, words=note.text)


def _unsettled(message: Message, name: str, by: Actor, now: datetime) -> Unsettled:
    ahead = (message.due_at - now).total_seconds()
    if message.state is State.WAITING:
        later = bool(message.precondition.get("later"))
        state = "later" if later and ahead > 0 else "held" if ahead > 0 else "sending"
    elif message.state in {State.FAILED, State.DROPPED}:
        state = "failed"
    elif message.state is State.UNKNOWN:
        state = "unknown"
    else:
        state = "sending"
    return Unsettled(
        key=message.key,
        words=words_of(message),
        who=name,
        mine=message.author == by.by,
        state=state,
        at=message.due_at if state == "later" else message.created_at,
        seconds=round(max(ahead, 0), 1),
        explanation=why_unsent(message),
        photo=sent_id(message.id) if message.photo else "",
        ends=ended_ids(message.id),
    )


def _name(patients: Sequence[Patient], contact: Contact) -> str:
    return next((each.name for each in patients if each.name), contact.alias)


def _named(names: dict[str, str], ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names[each] for each in ids if each in names))
