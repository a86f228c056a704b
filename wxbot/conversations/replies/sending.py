"""Sends what a colleague wrote or chose: everything that stands against it first, then the outbox, once per key."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.conversations.episodes.desk import Desk
from wxbot.conversations.models import Episode, EpisodeId, EpisodeState
from wxbot.conversations.replies import reply_rules
from wxbot.conversations.replies.drafts import Drafts
from wxbot.conversations.replies.ownership import condition
from wxbot.conversations.replies.reachability import Reachability, ReachabilityReader
from wxbot.conversations.replies.spoken_check import ReplyCheck
from wxbot.conversations.states import REPLY
from wxbot.errors import FieldErrors, StaleError
from wxbot.media.formats import photo_type
from wxbot.media.models import MOST_SENT_BYTES
from wxbot.media.service import MediaLibrary
from wxbot.messaging import Purpose
from wxbot.outbox.authored import TAKEN_BACK
from wxbot.outbox.lines import AUTHORED_WORDS, sent_id
from wxbot.outbox.models import Message
from wxbot.outbox.service import Outbox
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError

TEMPLATE = "desk.reply"  # {words}
PHOTO = "[图片]"  # what the transcript says of a photo
TOO_LARGE = f"图片不能超过 {MOST_SENT_BYTES // 1024 // 1024} MB，请压缩后再发。"
DIGEST = "digest"  # of a photo: the variable by which a repeated upload is known
WORTH_SENDING = timedelta(minutes=5)  # behind its time; an answer that the platform took later would surprise everybody
LONGEST_KEY = 100  # characters of what the browser made up
AFTER_DUE_SECONDS = 0.02  # so that the clock that decides has reached it
ONE_BEHIND = timedelta(milliseconds=1)  # as exact as the database keeps moments


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What is to be sent: words, or a photo."""

    key: str
    words: str
    photo: bytes | None = None
    at: datetime | None = None
    overriding: str = ""
    reason: str = ""  # for taking a waiting talk out of turn

    @property
    def variables(self) -> Mapping[str, str]:
        """What the message keeps of it; another reply under the same key differs here."""
        return {AUTHORED_WORDS: self.words} | (
            {DIGEST: sha256(self.photo).hexdigest()} if self.photo is not None else {}
        )


class Sending:
    """Sends replies. `hold` is how long each can be taken back."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        *,
        desk: Desk,
        outbox: Outbox,
        reachability: ReachabilityReader,
        drafts: Drafts,
        spoken: ReplyCheck,
        audit: AuditTrail,
        media: MediaLibrary,
        hold: timedelta,
    ) -> None:
        self._desk = desk
        self._outbox = outbox
        self._reachability = reachability
        self._drafts = drafts
        self._spoken = spoken
        self._audit = audit
        self._media = media
        self._hold = hold

    async def send(self, episode_id: EpisodeId, reply: Reply, *, by: Actor, now: datetime) -> Message:
        """The message; of a key that was used the one that has it. Raises as `Replies.send` says."""
        by.must(REPLY)
        key = message_key(by, reply.key)
        episode = await self._desk.get(episode_id, by=by)
        message = await self._outbox.find(key)
        if message is None:
            reached = await self._must_be_sendable(episode, reply, by=by, now=now)
            if episode.state is EpisodeState.WAITING:
                episode = await self._taken(episode, reply.reason, by=by, now=now)
            due_at = _behind(reached, by, now + self._hold) if reply.at is None else reply.at
            await self._enqueue(episode, reply, key=key, due_at=due_at, by=by, now=now)
            message = await self._outbox.find(key)
        if message is None:
            raise StaleError("the message vanished while it was sent")
        if message.contact_id != episode.contact_id or (message.variables and message.variables != reply.variables):
            raise StaleError("another text has that key", sentence=reply_rules.OTHER_WORDS)
        if message.reason != TAKEN_BACK and reply.photo is None:
            await self._drafts.sent(episode.contact_id, reply.words, note=False, by=by)
        return message

    async def _must_be_sendable(self, episode: Episode, reply: Reply, *, by: Actor, now: datetime) -> Reachability:
        """How the contact can be reached. Raises NotNowError, FieldErrors; a warning that is overridden is noted."""
        if objection := reply_rules.objection(episode, by.id):
            raise NotNowError(objection)
        reached = await self._reachability.of(episode.contact_id, now)
        field = "text" if reply.photo is None else "photo"
        problems = reply_rules.text_problems(reply.words) if reply.photo is None else photo_problems(reply.photo)
        if problems := [*problems, *reply_rules.rights_problems(reached.meter)]:
            raise FieldErrors({field: "".join(problems)})
        if reply.at is not None and (wrong := reply_rules.time_problem(reply.at, reached.meter, now)):
            raise FieldErrors({"at": wrong})
        if reply.photo is None:
            await self._check_words(episode, reply, by=by, now=now)
        return reached

    async def _check_words(self, episode: Episode, reply: Reply, *, by: Actor, now: datetime) -> None:
        findings = await self._spoken.findings(reply.words, episode, AccountId(by.id), now)
        overridden = reply_rules.check_words(findings, reply.overriding)
        if overridden:
            found = "、".join(dict.fromkeys(f"{each.name}「{each.words}」" for each in overridden))
            summary = f"忽略提示发送（{found}），理由：{reply.overriding}"
            subject = f"contact:{episode.contact_id}"
            await self._audit.record(AuditAction.REPLY_OVERRIDDEN, subject, by=by, now=now, summary=summary)

    async def _taken(self, episode: Episode, reason: str, *, by: Actor, now: datetime) -> Episode:
        """The episode as this person's own: their first answer takes it, in whichever window it was sent first."""
        try:
            return await self._desk.take(episode.id, reason=reason, by=by, now=now)
        except (StaleError, NotNowError):
            again = await self._desk.get(episode.id, by=by)
            if again.is_open and again.owner == by.id:
                return again
            raise

    async def _enqueue(  # noqa: PLR0913 - one fact each, all keyword-only
        self, episode: Episode, reply: Reply, *, key: str, due_at: datetime, by: Actor, now: datetime
    ) -> None:
        message = self._outbox.message(
            key=key,
            contact_id=episode.contact_id,
            purpose=Purpose.SERVICE,
            template=TEMPLATE,
            variables=reply.variables,
            now=now,
            due_at=due_at,
            expires_at=due_at + WORTH_SENDING,
            answer=True,
            precondition=condition(episode.id, AccountId(by.id), later=reply.at is not None),
            author=by.by,
            photo=reply.photo is not None,
        )
        if reply.photo is not None:  # kept first: a message without its photo could not be sent
            await self._media.keep_sent(sent_id(message.id), episode.contact_id, reply.photo, now)
        if not await self._outbox.enqueue([message]) and reply.photo is not None:
            await self._media.forget(sent_id(message.id))  # another click was quicker, and keeps its own
        if reply.at is None:
            wait = (due_at - now).total_seconds() + AFTER_DUE_SECONDS
            asyncio.get_running_loop().call_later(wait, self._outbox.wake)


def message_key(by: Actor, key: str) -> str:
    """The message's key: that of the browser, and whose browser it is. Raises FieldErrors."""
    if not key or len(key) > LONGEST_KEY:
        raise FieldErrors({"": reply_rules.NO_KEY})
    return f"desk/{by.id}/{key}"


def photo_problems(data: bytes) -> list[str]:
    """What is wrong with a file as a photo to a patient, by its bytes (reference §7.9)."""
    if photo_type(data) not in {"image/jpeg", "image/png"}:
        return ["只能发送 JPG 或 PNG 图片。"]
    if len(data) > MOST_SENT_BYTES:
        return [TOO_LARGE]
    return []


def _behind(reached: Reachability, by: Actor, due_at: datetime) -> datetime:
    """When it leaves: not before what the same person wrote earlier, so that a talk keeps its order."""
    earlier = [each.due_at for each in reached.pending if each.author == by.by and not each.precondition.get("later")]
    return max([due_at, *(each + ONE_BEHIND for each in earlier)])
