"""Asking for a person, complaining, being angry."""

from dataclasses import dataclass

from wxbot.understanding.message import Message
from wxbot.understanding.models import Evidence, Intent
from wxbot.understanding.words import WordLists


@dataclass(frozen=True, kw_only=True)
class RequestFound:
    """PERSON or COMPLAINT with its evidence; `intent` None when the message is only angry."""

    intent: Intent | None
    evidence: tuple[Evidence, ...]
    angry: bool = False


def find_request(message: Message, words: WordLists) -> RequestFound | None:
    """What the message asks of people; None when nothing."""
    del message, words
    return None
