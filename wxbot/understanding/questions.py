"""Frequent questions: which one a message asks, by patterns and character n-grams."""

from collections.abc import Sequence
from dataclasses import dataclass

from wxbot.understanding.message import Message
from wxbot.understanding.models import QuestionFound


@dataclass(frozen=True, kw_only=True)
class FrequentQuestion:
    """A question with the other ways to ask it, as far as matching needs it."""

    id: str
    asked: tuple[str, ...]


def find_question(message: Message, questions: Sequence[FrequentQuestion]) -> QuestionFound | None:
    """The questions that are nearest, the best first; None when none is near."""
    del message, questions
    return None
