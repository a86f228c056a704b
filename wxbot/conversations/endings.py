"""Which of the four endings it is, with the lines that show it (A0-09 … A0-14, A2-25, A2-33, A2-53). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wxbot.conversations.models import Ending, Episode
from wxbot.history.models import Interaction


@dataclass(frozen=True, kw_only=True)
class Closing:
    """What a close comes to before it is made, and what the wizard proposes to send first."""

    ending: Ending
    needs_reason: bool  # 主动结束: a supervisor's
    ask_more: str = ""  # the sentence to send first, where it was not asked
    farewell: str = ""  # the sentence for today (A2-30)


def decide(episode: Episode, lines: Sequence[Interaction], *, by: str, now: datetime, outage: bool = False) -> Closing:
    """The ending of an episode whose lines are given oldest first, closed by `by` at `now`."""
    raise NotImplementedError
