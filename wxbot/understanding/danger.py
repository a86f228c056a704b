"""Danger signs in a patient's words: which rules match (A2-74, A2-92). Negation and past tense are understood."""

from collections.abc import Sequence
from dataclasses import dataclass

from wxbot.understanding.message import Message
from wxbot.understanding.models import DangerFound


@dataclass(frozen=True, kw_only=True)
class DangerRule:
    """A rule of config/dangers/: the words that mean danger."""

    id: str


def find_danger(message: Message, rules: Sequence[DangerRule]) -> DangerFound | None:
    """The rules that match, the most urgent first; None when nothing does."""
    del message, rules
    return None
