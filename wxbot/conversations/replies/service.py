"""What a colleague writes to a patient: checked, held back for a few seconds, sent, and shown as what it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.audit.service import AuditTrail
from wxbot.conversations.episodes.desk import Desk
from wxbot.conversations.models import EpisodeId
from wxbot.conversations.replies import reply_rules
from wxbot.conversations.replies.drafts import Drafts
from wxbot.conversations.replies.meter import Form, Meter
from wxbot.conversations.replies.other_ways import OtherWays
from wxbot.conversations.replies.reachability import ReachabilityReader
from wxbot.conversations.replies.sending import PHOTO, Reply, Sending, message_key
from wxbot.conversations.replies.spoken_check import ReplyCheck
from wxbot.conversations.replies.typing_sign import TypingPace, TypingSign
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.states import REPLY, SUPERVISE
from wxbot.errors import NotFoundError, StaleError
from wxbot.history.models import ContactId
from wxbot.media.service import MediaLibrary
from wxbot.outbox.lines import AUTHORED_WORDS
from wxbot.outbox.models import Message, State
from wxbot.outbox.service import Outbox
from wxbot.patients.service import Patients
from wxbot.quality.models import Finding
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError

__all__ = ["Checked", "Form", "Meter", "Replies"]

LONGEST_HOLD = timedelta(seconds=5)  # before an answer leaves


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A text before it leaves. `problems` forbid sending; findings that block, too; warnings need a reason."""

    findings: tuple[Finding, ...]
    problems: tuple[str, ...]  # sentences: too long, no rights left, owned by a colleague

    @property
    def blocked(self) -> bool:
        """Whether it may not leave as it stands."""
        return bool(self.problems) or any(each.blocks for each in self.findings)


class Replies:
    """Sends through the outbox; the owner is checked again in the send itself (precondition kind `conversation`).

    `other_ways` are what is left where nothing may be written.
    """

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        *,
        desk: Desk,
        outbox: Outbox,
        patients: Patients,
        reachability: ReachabilityReader,
        drafts: Drafts,
        media: MediaLibrary,
        spoken: ReplyCheck,
        audit: AuditTrail,
        rules: DeskRules,
        typing: TypingSign,
        pace: TypingPace,
        other_ways: OtherWays,
    ) -> None:
        self._desk = desk
        self._outbox = outbox
        self._patients = patients
        self._reachability = reachability
        self._spoken = spoken
        self._sending = Sending(
            desk=desk,
            outbox=outbox,
            reachability=reachability,
            drafts=drafts,
            spoken=spoken,
            audit=audit,
            media=media,
            hold=min(max(rules.take_back, timedelta(0)), LONGEST_HOLD),
        )
        self._typing = typing
        self._pace = pace
        self.other_ways = other_ways

    async def check(self, episode_id: EpisodeId, text: str, *, by: Actor, now: datetime) -> Checked:
        """What would stand against it. Writes nothing; p95 under 5 ms without the database.

        Raises ForbiddenError, NotFoundError.
        """
        by.must(REPLY)
        episode = await self._desk.get(episode_id, by=by)
        reached = await self._reachability.of(episode.contact_id, now)
        objection = reply_rules.objection(episode, by.id)
        problems = [*([objection] if objection else ()), *reply_rules.rights_problems(reached.meter)]
        return Checked(
            findings=await self._spoken.findings(text, episode, AccountId(by.id), now),
            problems=(*problems, *reply_rules.text_problems(text)),
        )

    async def send(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        episode_id: EpisodeId,
        text: str,
        *,
        key: str,
        overriding: str = "",
        reason: str = "",
        by: Actor,
        now: datetime,
    ) -> Message:
        """Send a text once per `key` (made by the browser), after the seconds in which it can be taken back.

        A waiting episode is taken by its first answer; out of turn `reason` says why. `overriding` is the reason for
        sending in spite of a warning; it is noted in the audit. A key that was used is answered with its message, also
        one that was taken back: what is written afterwards has a key of its own.

        Raises:
            ForbiddenError, NotFoundError: as they say.
            NotNowError: closed, or owned by a colleague.
            StaleError: another text was sent under that key.
            FieldErrors: empty, too long, no right left, or `text` names what must be said otherwise; `overriding`:
                a warning, and no reason given; `reason`: as `Desk.take` says.
        """
        by.must(REPLY)
        reply = Reply(key=key, words=text.strip(), overriding=overriding.strip(), reason=reason)
        return await self._sending.send(episode_id, reply, by=by, now=now)

    async def send_later(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        episode_id: EpisodeId,
        text: str,
        *,
        key: str,
        at: datetime,
        overriding: str = "",
        reason: str = "",
        by: Actor,
        now: datetime,
    ) -> Message:
        """The same at a time; rights, owner and words are asked again when it leaves.

        Raises as `send`; FieldErrors also for `at`: not ahead, or when no right will be left by then.
        """
        by.must(REPLY)
        reply = Reply(key=key, words=text.strip(), at=at, overriding=overriding.strip(), reason=reason)
        return await self._sending.send(episode_id, reply, by=by, now=now)

    async def send_photo(  # noqa: PLR0913 - one fact each, all keyword-only
        self, episode_id: EpisodeId, data: bytes, *, key: str, reason: str = "", by: Actor, now: datetime
    ) -> Message:
        """Send a JPEG or PNG of at most MOST_SENT_BYTES with the same guarantees.

        It is kept in `media` under the id of its line of the transcript (`outbox.lines.sent_id`), also before it left.

        Raises as `send`; FieldErrors for `photo`: too large, of another kind by its bytes, or no right left.
        """
        return await self._sending.send(
            episode_id, Reply(key=key, words=PHOTO, photo=data, reason=reason), by=by, now=now
        )

    async def take_back(self, key: str, *, contact_id: ContactId | None = None, by: Actor, now: datetime) -> str:
        """Its text, for the draft, if it has not left; repeated, it answers the same. Of a photo none.

        With `contact_id` only one to that contact: its words do not get into another patient's box.

        Of one that ended without being sent too: it is then seen to, and not shown any more.

        Raises ForbiddenError, NotFoundError, and StaleError when it is on its way, with the patient, or perhaps so.
        """
        by.must(REPLY)
        message = await self._outbox.find(message_key(by, key))
        if message is None or contact_id not in {None, message.contact_id}:
            raise NotFoundError("no such message")
        words = _draft_of(message)
        if message.state is State.WAITING and await self._outbox.authored.take_back(message, now):
            return words
        message = await self._outbox.find(message.key) or message
        if message.state is State.UNKNOWN:
            raise StaleError("nobody knows whether it arrived", sentence=reply_rules.UNCLEAR)
        if message.state in {State.DROPPED, State.FAILED} and await self._outbox.authored.put_away(message):
            return words
        raise StaleError("it is on its way", sentence=reply_rules.LEFT)

    async def put_away(self, message_key: str, *, contact_id: ContactId, by: Actor) -> None:
        """Somebody has seen to a message that ended unsent, or of which nobody knows: it is not shown any more.

        Its author does so, who answers the contact now, or a supervisor. `message_key` is the message's own.

        Raises ForbiddenError, NotFoundError (also of another contact's), NotNowError for any other colleague,
        StaleError when it has not ended.
        """
        by.must(REPLY)
        message = await self._outbox.find(message_key)
        if message is None or not message.author or message.contact_id != contact_id:
            raise NotFoundError("no such message")
        if message.author != by.by and not by.may(SUPERVISE):
            episode = await self._desk.of_contact(contact_id)
            if episode is None or episode.owner != by.id:
                raise NotNowError(reply_rules.NOT_THEIRS_TO_SEE_TO)
        if not await self._outbox.authored.put_away(message):
            raise StaleError("it has not ended without being sent", sentence=reply_rules.LEFT)

    async def unsettled(self, contact_id: ContactId) -> list[Message]:
        """What colleagues wrote that is not in the transcript as sent: waiting, on its way, failed, oldest first.

        Failed ones of the last two days. `words_of` and `reply_rules.why_unsent` say what and why.
        """
        return await self._reachability.unsent(contact_id)

    async def meter(self, contact_id: ContactId, now: datetime) -> Meter:
        """The rights, for over the box."""
        return (await self._reachability.of(contact_id, now)).meter

    async def show_typing(self, episode_id: EpisodeId, *, by: Actor, now: datetime) -> None:
        """正在输入 on the patient's telephone, where the platform allows it (reference §4.3).

        Raises ForbiddenError; nothing else is an error.
        """
        by.must(REPLY)
        try:
            episode = await self._desk.get(episode_id, by=by)
        except NotFoundError:
            return
        if reply_rules.objection(episode, by.id) or not self._pace.may_show(episode, now):
            return
        contact = (await self._patients.contacts([episode.contact_id])).get(episode.contact_id)
        if contact is not None and contact.openid is not None and contact.following:
            await self._typing.show(contact.openid)


def _draft_of(message: Message) -> str:
    """What goes back into the box."""
    return "" if message.photo else words_of(message)


def words_of(message: Message) -> str:
    """What a colleague wrote; empty once its contact was erased."""
    return str(message.variables.get(AUTHORED_WORDS, ""))
