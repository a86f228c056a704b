"""The numbers of the first page."""

from dataclasses import dataclass
from enum import StrEnum


class Topic(StrEnum):
    """What is counted. Each opens its own list."""

    DANGERS = "dangers"  # 危险征兆: what a patient wrote that cannot wait (A2-74)
    COMPLAINTS = "complaints"  # 投诉, to be settled within 48 hours (A4-44)
    VISITS_TODAY = "visits_today"  # 今日预约: still to come or in hand
    UNCONFIRMED = "unconfirmed"  # 明日未确认 (A4-14)
    WAITING_CHATS = "waiting_chats"  # 等待回复: conversations that nobody has taken
    DUE_FOLLOWUPS = "due_followups"  # 到期回访
    CHECKS = "checks"  # 需要人工核实: unknown or refused, to be looked at
    FAILED_MESSAGES = "failed_messages"  # 未送达或不确定的消息, of the last days
    APPROVALS = "approvals"  # 等待审批: templates and broadcasts


@dataclass(frozen=True, kw_only=True)
class Number:
    """One count. `capped` says that there are at least that many; `urgent` that somebody waits for it."""

    topic: Topic
    count: int
    capped: bool = False
    urgent: bool = False

    @property
    def hot(self) -> bool:
        """Whether it should catch the eye."""
        return self.urgent and self.count > 0

    @property
    def text(self) -> str:
        """As it is shown: `12`, `99+`."""
        return f"{self.count}+" if self.capped else str(self.count)
