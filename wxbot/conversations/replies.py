"""What a colleague writes to a patient: checked, held back for a few seconds, sent, and shown as what it is."""

from dataclasses import dataclass
from datetime import datetime

from wxbot.actors import Actor
from wxbot.conversations.models import EpisodeId
from wxbot.history.models import ContactId
from wxbot.labels import LabelledEnum
from wxbot.outbox.models import Message
from wxbot.quality.models import Finding


class Form(LabelledEnum):
    """What the box over the reply is (capabilities row 72): it changes before a send can fail."""

    FREE = ("free", "可以直接回复")
    LAST = ("last", "只剩一条：请把要说的合成一条")
    CLOSED = ("closed", "不能直接回复")  # a subscription, a template message or a telephone call is left
    GONE = ("gone", "不能联系")  # unfollowed, erased


@dataclass(frozen=True, kw_only=True)
class Meter:
    """还可回复 4 条 · 31 小时: what the platform allows now, less what is on its way (reference §4.1)."""

    form: Form
    left: int
    until: datetime | None
    words: str
    ways: tuple[str, ...] = ()  # of CLOSED: "notice", "template", "phone"


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
    """Sends through the outbox; the owner is checked again in the send itself (precondition kind `conversation`)."""

    async def check(self, episode_id: EpisodeId, text: str, *, by: Actor, now: datetime) -> Checked:
        """What would stand against it. Writes nothing; p95 under 5 ms without the database."""
        raise NotImplementedError

    async def send(  # noqa: PLR0913 - one fact each, all keyword-only
        self, episode_id: EpisodeId, text: str, *, key: str, overriding: str = "", by: Actor, now: datetime
    ) -> Message:
        """Send a text once per `key` (made by the browser), after the seconds in which it can be taken back.

        A waiting episode is taken by its first answer. `overriding` is the reason for sending in spite of a warning;
        it is noted in the audit.

        Raises:
            ForbiddenError, NotFoundError: as they say.
            NotNowError: closed, or owned by a colleague.
            FieldErrors: empty, too long, no right left, or `text` names what must be said otherwise.
        """
        raise NotImplementedError

    async def send_later(  # noqa: PLR0913 - one fact each, all keyword-only
        self, episode_id: EpisodeId, text: str, *, key: str, at: datetime, by: Actor, now: datetime
    ) -> Message:
        """The same at a time; rights, owner and words are asked again when it leaves."""
        raise NotImplementedError

    async def take_back(self, key: str, *, by: Actor, now: datetime) -> str:
        """Its text, for the draft, if it has not left. Raises NotFoundError, StaleError when it is on its way."""
        raise NotImplementedError

    async def unsettled(self, contact_id: ContactId) -> list[Message]:
        """What colleagues wrote that is not in the transcript as sent: waiting, on its way, failed, oldest first."""
        raise NotImplementedError

    async def meter(self, contact_id: ContactId, now: datetime) -> Meter:
        """The rights, for over the box."""
        raise NotImplementedError

    async def show_typing(self, episode_id: EpisodeId, *, by: Actor, now: datetime) -> None:
        """正在输入 on the patient's telephone, where the platform allows it (reference §4.3); never an error."""
        raise NotImplementedError
