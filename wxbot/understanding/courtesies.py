"""Greetings, thanks and good news: the whole message, in any wording."""

from wxbot.understanding.message import Message
from wxbot.understanding.models import Intent
from wxbot.understanding.words import WordLists


def find_courtesy(message: Message, words: WordLists) -> Intent | None:
    """GREETING, THANKS or GOOD_NEWS when the message is nothing else."""
    del message, words
    return None
