"""A promise to a patient, and what became of it."""

from dataclasses import dataclass
from datetime import datetime

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
    answered_at: datetime | None = None  # when a colleague last wrote to the contact since
    look_at: datetime | None = None  # when somebody is told next: before it is due, when it is, when it is broken
    by: str = ""  # who settled it: `staff:<id>`, `system`

    @property
    def is_open(self) -> bool:
        """Whether it is still to be kept."""
        return self.state is PromiseState.OPEN
