"""A contact's talk with people: whether one has it, what they hear of it, and when the bot speaks again.

The episode is the truth; the contact only says whether to look for one, so that a push of anybody else costs no read.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wxbot.actors import STAFF, SYSTEM
from wxbot.conversations.models import PREVIEW, Episode, EpisodeId
from wxbot.dispatch import updates as u
from wxbot.dispatch.answers import Answers
from wxbot.dispatch.context import NOTHING, Context, Reply
from wxbot.dispatch.dialogs import WAITING
from wxbot.dispatch.replies import TextReply
from wxbot.dispatch.transcript import WORDS
from wxbot.errors import NotFoundError
from wxbot.logs import get_logger
from wxbot.patients.models import Contact
from wxbot.services import Services
from wxbot.understanding.closers import asks, closes
from wxbot.understanding.models import Reading

log = get_logger(__name__)

FAREWELLS_FOR = timedelta(minutes=30)  # after the end of a talk 好的谢谢 is its last word and needs no answer
SPEAKS_AGAIN = "desk.bot_again"
COURTESIES = ("fallback.", "care.good_news")  # the beginnings of the templates that answer such last words
ASKING_ENDS = ("?", "？", "吗", "呢", "吗。", "呢。")  # of a colleague's latest words
ANSWERED = (u.PatientMessage, u.MenuClicked)  # what a patient says or taps
HEARD = (*ANSWERED, u.Unfollowed)  # what the desk learns of


@dataclass(frozen=True, kw_only=True)
class Talk:
    """Where it stands when an update comes: the open episode, or one in which a person wrote that has ended since."""

    episode: Episode | None = None
    ended: Episode | None = None

    def is_for_a_person(self, update: u.Update) -> bool:
        """Whether somebody has it and this is said to them: typed words, photos, voices; no taps."""
        return self.episode is not None and self.episode.with_a_person and u.is_said(update)

    def ends_dialogs(self, update: u.Update) -> bool:
        """Whether typed words must not answer a question that the bot put before a person spoke."""
        return u.is_said(update) and (self.is_for_a_person(update) or self.ended is not None)


class Talks:
    """Looks up talks, tells the desk what patients say, and keeps the bot from speaking over a person."""

    def __init__(self, services: Services, answers: Answers) -> None:
        self._services = services
        self._answers = answers

    async def of(self, contact: Contact) -> Talk:
        """Where it stands. Reads nothing for a contact that no person was needed for."""
        if not contact.conversation:
            return Talk()
        episode = await self._services.chat.desk.of_contact(contact.id)
        return Talk(episode=episode) if episode is not None else await self._ended(contact)

    async def settled(self, reply: Reply | None, talk: Talk, context: Context, now: datetime) -> Reply | None:
        """What may be said after all: the desk has heard the update, and nothing is said over a person."""
        update, contact = context.update, context.contact
        if talk.ended is not None:
            return await self._spoken_again(reply, talk.ended, context, now)
        if talk.episode is None or not isinstance(update, HEARD):
            return reply
        episode = await self._heard(talk.episode, context, now)
        if reply is None or reply.beside_a_person or not u.is_said(update):
            return reply
        if episode is not None and episode.with_a_person:
            log.info("reply_left_to_a_person", key=update.key, contact_id=contact.id)
            return None
        return reply

    async def _ended(self, contact: Contact) -> Talk:
        """The episode that the contact still names, when a person wrote in it; the mark of any other is taken away."""
        try:
            episode = await self._services.chat.desk.get(EpisodeId(contact.conversation), by=SYSTEM)
        except NotFoundError:
            return Talk()  # marked, and not opened yet
        if episode.is_open:
            return Talk(episode=episode)
        if episode.staff_at is not None:
            return Talk(ended=episode)
        await self._services.patients.forget_conversation(contact.id, episode.id)
        return Talk()

    async def _heard(self, episode: Episode, context: Context, now: datetime) -> Episode | None:
        """Tell the desk what the patient wrote, sent or tapped; the episode as it stands after it."""
        update = context.update
        reading = _reading(context)
        vocabulary = self._services.reader.vocabulary.words
        text = update.text if isinstance(update, u.TextMessage) else WORDS.get(type(update), "")
        typed = isinstance(update, u.TextMessage) and u.is_said(update)
        polite = not u.is_said(update) or (typed and closes(reading, vocabulary, asked=_asked(episode)))
        return await self._services.chat.desk.heard(
            episode.contact_id,
            line_id=update.key,
            words=text,
            polite=polite,
            question=typed and asks(reading),
            now=now,
        )

    async def _spoken_again(self, reply: Reply | None, ended: Episode, context: Context, now: datetime) -> Reply | None:
        """The first answer after a talk with a person says once that the assistant gives it."""
        if reply is None or reply.beside_a_person or reply.wire is not None or not isinstance(context.update, ANSWERED):
            return reply
        if reply.dialog is not None and reply.dialog.name == WAITING:
            return reply  # a person is called again
        if self._is_last_word(reply, ended, context, now):
            return None
        said = self._answers.render(reply, context.update)
        again = replace(reply, template=SPEAKS_AGAIN, options=said.options)
        if isinstance(said.wire, TextReply):
            again = replace(again, variables={"answer": said.wire.text})
        if not self._answers.fits(again):
            return reply
        await self._services.patients.forget_conversation(context.contact.id, ended.id)
        return again

    def _is_last_word(self, reply: Reply, ended: Episode, context: Context, now: datetime) -> bool:
        """Whether it is 好的谢谢 after a farewell, to which the bot has nothing but a courtesy to say."""
        if not u.is_said(context.update) or not reply.template.startswith(COURTESIES):
            return False
        over_for = now - (ended.closed_at or now)
        return over_for <= FAREWELLS_FOR and closes(_reading(context), self._services.reader.vocabulary.words)


def _asked(episode: Episode) -> bool:
    """Whether the latest words are a colleague's question, or too long to tell."""
    words = episode.preview.rstrip()
    return episode.preview_by.startswith(STAFF) and (words.endswith(ASKING_ENDS) or len(words) >= PREVIEW)


def _reading(context: Context) -> Reading:
    """What the words mean by themselves; nothing for what cannot be read."""
    try:
        return replace(context, dialog=None, choice=None).reading
    except Exception:  # noqa: BLE001 - the handlers have met it before, and somebody was told
        return NOTHING
