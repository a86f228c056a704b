"""How an answer to a question is read: a number, a word, and what is added to it. Pure.

Half an answer is none: two numbers, a number that counts something, a question, two answers that differ.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from wxbot.surveys.models import Question, QuestionKind
from wxbot.understanding.message import normalise
from wxbot.understanding.numerals import number

LONGEST = 300  # characters of a message that is looked at: whoever writes more tells a story
NOTHING, STOP = "survey.nothing", "survey.stop"  # lists of words.toml: nothing to add; not convenient
_NUMBER = re.compile(r"(\d{1,2})(?![0-9])")
_POINTS = re.compile(r"分(?![钟种之])")
_SEPARATORS = " ,.!~:-"
_PARTICLES = "的了呀啊哦吧哈啦"
_WORDLESS = re.compile(r"[\d\W_]*")
WordsOf = Callable[[str], Collection[str]]
"""The words of a list of words.toml, in their normal form."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """An answer. `comment` is what the patient added, in the normal form; `bare`: nothing but a number."""

    value: str
    comment: str = ""
    bare: bool = False


def read_answer(question: Question, text: str, words_of: WordsOf, thanks: Collection[str] = ()) -> Read | None:
    """The answer that a message gives to a score or a choice; None for anything else, and for questions in words."""
    if len(text) > LONGEST or question.kind is QuestionKind.WORDS:
        return None
    said = normalise(text).spaced.strip()
    if question.kind is QuestionKind.SCORE:
        return _score(question, said, thanks)
    return _choice(question, said, words_of, thanks)


def _choice(question: Question, said: str, words_of: WordsOf, thanks: Collection[str]) -> Read | None:
    listed = {each.label: (*words_of(each.words), normalise(each.label).words) for each in question.choices}
    found = _NUMBER.match(said)
    if found is None:
        return _by_word(said, listed, thanks)
    place, rest = int(found[1]), said[found.end() :]
    if not 1 <= place <= len(question.choices):
        return None
    value = question.choices[place - 1].label
    after = rest.strip(_SEPARATORS + ")")
    if not after:
        return Read(value=value, bare=True)
    again = _by_word(after, listed, thanks)  # 1 满意
    if again is not None:
        return again if again.value == value else None
    return _with_comment(value, rest, listed, thanks)


def _score(question: Question, said: str, thanks: Collection[str]) -> Read | None:
    whole = number(said.strip(_SEPARATORS).removesuffix("分"))
    if whole is not None:
        return Read(value=str(whole), bare=True) if question.low <= whole <= question.high else None
    found = _NUMBER.match(said)
    if found is None or not question.low <= int(found[1]) <= question.high:
        return None
    rest = said[found.end() :]
    unit = _POINTS.match(rest)
    return _with_comment(str(int(found[1])), rest[unit.end() if unit is not None else 0 :], {}, thanks)


def _by_word(said: str, listed: Mapping[str, Collection[str]], thanks: Collection[str]) -> Read | None:
    words = sorted(((word, value) for value in listed for word in listed[value]), key=lambda it: -len(it[0]))
    for word, value in words:
        if word and said.startswith(word):
            return _with_comment(value, said[len(word) :].lstrip(_PARTICLES), listed, thanks)
    return None


def _with_comment(value: str, rest: str, listed: Mapping[str, Collection[str]], thanks: Collection[str]) -> Read | None:
    comment = rest.strip(_SEPARATORS)
    if not comment or normalise(comment).words in thanks:
        return Read(value=value)
    again = tuple(word for words in listed.values() for word in words if word)
    if rest[0] not in _SEPARATORS or _WORDLESS.fullmatch(comment) or comment.startswith(again):
        return None
    return Read(value=value, comment=comment)
