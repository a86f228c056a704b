"""承诺: "我会在下午三点前回复您" starts a clock that survives the shift; kept, late or broken (A2-19, A2-34, A2-41)."""

from dataclasses import dataclass
from datetime import datetime

from wxbot.actors import Actor
from wxbot.conversations.models import EpisodeId
from wxbot.history.models import ContactId
from wxbot.labels import LabelledEnum
from wxbot.staff.models import AccountId


class PromiseState(LabelledEnum):
    """What became of it."""

    OPEN = ("open", "待兑现")
    KEPT = ("kept", "已兑现")
    LATE = ("late", "迟了")
    BROKEN = ("broken", "没有兑现")


@dataclass(frozen=True, kw_only=True)
class Promise:
    """One promise. `id` is the line of the transcript that made it."""

    id: str
    contact_id: ContactId
    episode_id: EpisodeId
    made_by: AccountId
    owner: AccountId | None  # who must keep it now
    made_at: datetime
    due_at: datetime
    words: str
    state: PromiseState = PromiseState.OPEN
    kept_at: datetime | None = None


def promised_by(text: str, now: datetime, tz: object) -> datetime | None:
    """When a text promises an answer; None when it promises none. Pure."""
    raise NotImplementedError


class Promises:
    """Use cases of promises."""

    async def note(self, promise: Promise) -> None:
        """A sent text made one; noting it again changes nothing."""
        raise NotImplementedError

    async def open_of(self, contact_id: ContactId) -> list[Promise]:
        """What is still to be kept."""
        raise NotImplementedError

    async def keep(self, promise_id: str, *, by: Actor, now: datetime) -> Promise:
        """It was done: kept, or late. Raises NotFoundError, StaleError."""
        raise NotImplementedError

    async def due(self, now: datetime, limit: int = 100) -> list[Promise]:
        """What is overdue and was not told yet."""
        raise NotImplementedError
