"""What a colleague writes to a patient: checked, held back for a few seconds, sent, and shown as what it is."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.conversations import reply_rules
from wxbot.conversations.desk import Desk
from wxbot.conversations.drafts import Drafts
from wxbot.conversations.meter import Form, Meter
from wxbot.conversations.models import Episode, EpisodeId, EpisodeState
from wxbot.conversations.other_ways import OtherWays
from wxbot.conversations.ownership import condition
from wxbot.conversations.reachability import Reachability, ReachabilityReader
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.spoken_check import SpokenCheck
from wxbot.conversations.spoken_moments import SpokenMoments
from wxbot.conversations.typing_sign import TypingPace, TypingSign
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, StaleError
from wxbot.history.models import ContactId
from wxbot.messaging import Purpose
from wxbot.outbox.authored import TAKEN_BACK
from wxbot.outbox.lines import AUTHORED_WORDS
from wxbot.outbox.models import Message, State
from wxbot.outbox.service import Outbox
from wxbot.patients.service import Patients
from wxbot.quality.models import Finding
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError

__all__ = ["Checked", "Form", "Meter", "Replies"]

REPLY = "desk:conversation:reply"
TEMPLATE = "desk.reply"  # {words}
WORTH_SENDING = timedelta(minutes=5)  # behind its time; an answer that the platform took later would surprise everybody
LONGEST_HOLD = timedelta(seconds=5)  # before an answer leaves
LONGEST_KEY = 100  # characters of what the browser made up
AFTER_DUE_SECONDS = 0.02  # so that the clock that decides has reached it
ONE_BEHIND = timedelta(milliseconds=1)  # as exact as the database keeps moments

NO_KEY = "这一页没有打开完整，请刷新后再发。"
OTHER_WORDS = "这条已经提交过，内容与现在的不同。请先看对话里发出的是哪一条，再决定要不要补充。"
LEFT = "这条已经在发送或已发出，不能撤回。"
UNCLEAR = "不确定患者是否收到，不能撤回。请看患者的反应再决定要不要补发。"


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
        spoken: SpokenCheck,
        moments: SpokenMoments,
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
        self._drafts = drafts
        self._spoken = spoken
        self._moments = moments
        self._audit = audit
        self._hold = min(max(rules.take_back, timedelta(0)), LONGEST_HOLD)
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
            findings=await self._findings(episode, text, by, now),
            problems=(*problems, *reply_rules.text_problems(text)),
        )

    async def send(  # noqa: PLR0913 - one fact each, all keyword-only
        self, episode_id: EpisodeId, text: str, *, key: str, overriding: str = "", by: Actor, now: datetime
    ) -> Message:
        """Send a text once per `key` (made by the browser), after the seconds in which it can be taken back.

        A waiting episode is taken by its first answer. `overriding` is the reason for sending in spite of a warning;
        it is noted in the audit. A key that was used is answered with its message, also one that was taken back: what
        is written afterwards has a key of its own.

        Raises:
            ForbiddenError, NotFoundError: as they say.
            NotNowError: closed, or owned by a colleague.
            StaleError: another text was sent under that key.
            FieldErrors: empty, too long, no right left, or `text` names what must be said otherwise; `overriding`:
                a warning, and no reason given; `reason`: as `Desk.take` says.
        """
        return await self._send(episode_id, text, key=key, at=None, overriding=overriding.strip(), by=by, now=now)

    async def send_later(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        episode_id: EpisodeId,
        text: str,
        *,
        key: str,
        at: datetime,
        overriding: str = "",
        by: Actor,
        now: datetime,
    ) -> Message:
        """The same at a time; rights, owner and words are asked again when it leaves.

        Raises as `send`; FieldErrors also for `at`: not ahead, or when no right will be left by then.
        """
        return await self._send(episode_id, text, key=key, at=at, overriding=overriding.strip(), by=by, now=now)

    async def take_back(self, key: str, *, by: Actor, now: datetime) -> str:
        """Its text, for the draft, if it has not left; repeated, it answers the same.

        Of one that ended without being sent too: it is then seen to, and not shown any more.

        Raises ForbiddenError, NotFoundError, and StaleError when it is on its way, with the patient, or perhaps so.
        """
        by.must(REPLY)
        message = await self._outbox.find(_key(by, key))
        if message is None:
            raise NotFoundError("no such message")
        words = words_of(message)
        if message.state is State.WAITING and await self._outbox.authored.take_back(message, now):
            return words
        message = await self._outbox.find(message.key) or message
        if message.state is State.UNKNOWN:
            raise StaleError("nobody knows whether it arrived", sentence=UNCLEAR)
        if message.state in {State.DROPPED, State.FAILED} and await self._outbox.authored.put_away(message):
            return words
        raise StaleError("it is on its way", sentence=LEFT)

    async def put_away(self, message_key: str, *, by: Actor) -> None:
        """Somebody has seen to a message that ended unsent, or of which nobody knows: it is not shown any more.

        `message_key` is the message's own. Raises ForbiddenError, NotFoundError, StaleError when it has not ended.
        """
        by.must(REPLY)
        message = await self._outbox.find(message_key)
        if message is None or not message.author:
            raise NotFoundError("no such message")
        if not await self._outbox.authored.put_away(message):
            raise StaleError("it has not ended without being sent", sentence=LEFT)

    async def unsettled(self, contact_id: ContactId) -> list[Message]:
        """What colleagues wrote that is not in the transcript as sent: waiting, on its way, failed, oldest first.

        Failed ones of the last two days. `words_of` and `reply_rules.why_unsent` say what and why.
        """
        return await self._reachability.unsent(contact_id)

    async def meter(self, contact_id: ContactId, now: datetime) -> Meter:
        """The rights, for over the box."""
        return (await self._reachability.of(contact_id, now)).meter

    async def show_typing(self, episode_id: EpisodeId, *, by: Actor, now: datetime) -> None:
        """正在输入 on the patient's telephone, where the platform allows it (reference §4.3); never an error."""
        try:
            by.must(REPLY)
            episode = await self._desk.get(episode_id, by=by)
        except (ForbiddenError, NotFoundError):
            return
        if reply_rules.objection(episode, by.id) or not self._pace.may_show(episode, now):
            return
        contact = (await self._patients.contacts([episode.contact_id])).get(episode.contact_id)
        if contact is not None and contact.openid is not None and contact.following:
            await self._typing.show(contact.openid)

    # -- sending -----------------------------------------------------------------------------------------------

    async def _send(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        episode_id: EpisodeId,
        text: str,
        *,
        key: str,
        at: datetime | None,
        overriding: str,
        by: Actor,
        now: datetime,
    ) -> Message:
        by.must(REPLY)
        words, message_key = text.strip(), _key(by, key)
        episode = await self._desk.get(episode_id, by=by)
        sent_before = await self._outbox.find(message_key)
        if sent_before is None:
            reached = await self._must_be_sendable(episode, words, at=at, overriding=overriding, by=by, now=now)
            if episode.state is EpisodeState.WAITING:
                episode = await self._taken(episode, by=by, now=now)
            due_at = _behind(reached, by, now + self._hold) if at is None else at
            await self._enqueue(
                episode, words, message_key=message_key, due_at=due_at, later=at is not None, by=by, now=now
            )
            sent_before = await self._outbox.find(message_key)
        if sent_before is None:
            raise StaleError("the message vanished while it was sent")
        if sent_before.contact_id != episode.contact_id or words_of(sent_before) not in {words, ""}:
            raise StaleError("another text has that key", sentence=OTHER_WORDS)
        if sent_before.reason != TAKEN_BACK:
            await self._drafts.sent(episode.contact_id, words, note=False, by=by)
        return sent_before

    async def _must_be_sendable(  # noqa: PLR0913 - one fact each, all keyword-only
        self, episode: Episode, words: str, *, at: datetime | None, overriding: str, by: Actor, now: datetime
    ) -> Reachability:
        """How the contact stands. Raises NotNowError, FieldErrors; a warning that is overridden is noted."""
        if objection := reply_rules.objection(episode, by.id):
            raise NotNowError(objection)
        reached = await self._reachability.of(episode.contact_id, now)
        problems = [*reply_rules.text_problems(words), *reply_rules.rights_problems(reached.meter)]
        if problems:
            raise FieldErrors({"text": "".join(problems)})
        if at is not None and (wrong := reply_rules.time_problem(at, reached.meter, now)):
            raise FieldErrors({"at": wrong})
        overridden = reply_rules.check_words(await self._findings(episode, words, by, now), overriding)
        if overridden:
            found = "、".join(dict.fromkeys(f"{each.name}「{each.words}」" for each in overridden))
            summary = f"忽略提示发送（{found}），理由：{overriding}"
            subject = f"contact:{episode.contact_id}"
            await self._audit.record(AuditAction.REPLY_OVERRIDDEN, subject, by=by, now=now, summary=summary)
        return reached

    async def _taken(self, episode: Episode, *, by: Actor, now: datetime) -> Episode:
        """The episode as this person's own: their first answer takes it, in whichever window it was sent first."""
        try:
            return await self._desk.take(episode.id, by=by, now=now)
        except (StaleError, NotNowError):
            again = await self._desk.get(episode.id, by=by)
            if again.is_open and again.owner == by.id:
                return again
            raise

    async def _enqueue(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        episode: Episode,
        words: str,
        *,
        message_key: str,
        due_at: datetime,
        later: bool,
        by: Actor,
        now: datetime,
    ) -> None:
        message = self._outbox.message(
            key=message_key,
            contact_id=episode.contact_id,
            purpose=Purpose.SERVICE,
            template=TEMPLATE,
            variables={AUTHORED_WORDS: words},
            now=now,
            due_at=due_at,
            expires_at=due_at + WORTH_SENDING,
            answer=True,
            precondition=condition(episode.id, AccountId(by.id), later=later),
            author=by.by,
        )
        await self._outbox.enqueue([message])
        if not later:
            wait = (due_at - now).total_seconds() + AFTER_DUE_SECONDS
            asyncio.get_running_loop().call_later(wait, self._outbox.wake)

    async def _findings(self, episode: Episode, text: str, by: Actor, now: datetime) -> tuple[Finding, ...]:
        if not text.strip():
            return ()
        return self._spoken.findings(text, await self._moments.of(episode, by=by, now=now))


def words_of(message: Message) -> str:
    """What a colleague wrote; empty once its contact was erased."""
    return str(message.variables.get(AUTHORED_WORDS, ""))


def _key(by: Actor, key: str) -> str:
    """The message's key: that of the browser, and whose browser it is. Raises FieldErrors."""
    if not key or len(key) > LONGEST_KEY:
        raise FieldErrors({"": NO_KEY})
    return f"desk/{by.id}/{key}"


def _behind(reached: Reachability, by: Actor, due_at: datetime) -> datetime:
    """When it leaves: not before what the same person wrote earlier, so that a talk keeps its order."""
    earlier = [each.due_at for each in reached.pending if each.author == by.by and not each.precondition.get("later")]
    return max([due_at, *(each + ONE_BEHIND for each in earlier)])
