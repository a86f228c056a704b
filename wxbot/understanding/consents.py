"""Stop and resume, however said; a doubtful stop is told apart."""

from dataclasses import dataclass

from wxbot.understanding.message import Message
from wxbot.understanding.models import Evidence, Intent
from wxbot.understanding.words import WordLists


@dataclass(frozen=True, kw_only=True)
class ConsentFound:
    """STOP or RESUME with its evidence, or a doubtful stop; `alone` when the message says nothing else."""

    intent: Intent
    evidence: tuple[Evidence, ...]
    doubtful: bool = False
    alone: bool = True


def find_consent(message: Message, words: WordLists) -> ConsentFound | None:
    """What the message says about being written to; None when nothing."""
    del message, words
    return None
