"""Measures the courtesies: greetings, thanks, good news, and what is more than that."""

from tests.corpus import Sentence, sentences
from tests.corpus.stops import WORDS
from wxbot.understanding.courtesies import find_courtesy
from wxbot.understanding.message import normalise


def read_as(text: str) -> str:
    """What a sentence is read as, in the words of the corpus; `none` for no courtesy."""
    found = find_courtesy(normalise(text), WORDS)
    return "none" if found is None else found.value


def misread(held_out: bool) -> list[tuple[Sentence, str]]:
    """The sentences of that part that are read otherwise than expected, with what they are read as."""
    part = [each for each in sentences("courtesies") if each.held_out is held_out]
    return [(each, read) for each in part if (read := read_as(each.text)) != each.flags[0]]
