"""Measures the stops: which sentences are read as expected, for those that rules were written for and the others."""

from config.content import load_content
from tests.corpus import Sentence, sentences
from wxbot.understanding.consents import find_consent
from wxbot.understanding.message import normalise
from wxbot.understanding.models import Intent
from wxbot.understanding.words import WordList, WordLists

WORDS = WordLists(tuple(WordList(**each.model_dump()) for each in load_content().words.lists))


def read_as(text: str) -> tuple[str, ...]:
    """What a sentence is read as, in the words of the corpus: stop, resume, doubtful or none, and `rest`."""
    found = find_consent(normalise(text), WORDS)
    if found is None:
        return ("none",)
    kind = "doubtful" if found.doubtful else "stop" if found.intent is Intent.STOP else "resume"
    return (kind,) if found.alone else (kind, "rest")


def misread(held_out: bool) -> list[tuple[Sentence, tuple[str, ...]]]:
    """The sentences of that part that are read otherwise than expected, with what they are read as."""
    part = [each for each in sentences("stops") if each.held_out is held_out]
    return [(each, read) for each in part if (read := read_as(each.text)) != each.flags]
