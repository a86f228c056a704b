"""Reading a sentence of the corpus as the service would: the shipped clinic and word lists, on the corpus' day."""

from functools import cache

from config.settings import Settings
from tests.corpus import TODAY, Sentence
from wxbot.installation import read_installation
from wxbot.questions.live import frequent
from wxbot.understanding.models import Reading
from wxbot.understanding.reader import read
from wxbot.understanding.vocabulary import ReadingContext, Vocabulary, vocabulary_of


@cache
def shipped_vocabulary() -> Vocabulary:
    """The words, questions and rules of the shipped clinic."""
    installed = read_installation(Settings.model_construct())
    asked = tuple(frequent(each.question) for each in installed.questions)
    return vocabulary_of(installed.clinic, installed.word_lists, asked, installed.rules)


def context(question: str = "") -> ReadingContext:
    """What sentences are read against, while that question is open."""
    return ReadingContext(today=TODAY, vocabulary=shipped_vocabulary(), question=question)


def reading_of(sentence: Sentence) -> Reading:
    """The sentence as it is read; `asked=` names the question that is open."""
    return read(sentence.text, context(sentence.values.get("asked", "")))
