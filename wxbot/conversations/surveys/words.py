"""What a patient answers to the question after a talk: a number, a word, and what they add to it. Pure.

Half an answer is none: two numbers, a number that counts something, a question, two answers that differ.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from wxbot.conversations.models import Satisfaction
from wxbot.understanding.message import normalise

ORDER = tuple(Satisfaction)  # 1 满意 2 一般 3 不满意
LISTS: Mapping[Satisfaction, str] = {each: f"survey.{each.value}" for each in Satisfaction}
"""The keys of the lists of words (config/words.toml)."""
LONGEST = 300  # characters of a message that is looked at: whoever writes more tells a story

_NUMBER = re.compile(r"[1-3](?![0-9])")
_SEPARATORS = " ,.!~:-"
_PARTICLES = "的了呀啊哦吧哈啦"
_WORDLESS = re.compile(r"[\d\W_]*")


@dataclass(frozen=True, kw_only=True)
class SurveyAnswer:
    """An answer. `comment` is what the patient added, in the normal form; `by_number`: nothing but its number."""

    answer: Satisfaction
    comment: str = ""
    by_number: bool = False


def read_answer(
    text: str, words: Mapping[Satisfaction, Collection[str]], thanks: Collection[str] = ()
) -> SurveyAnswer | None:
    """The answer that a message gives; None for anything else. `words` and `thanks` are in their normal form."""
    if len(text) > LONGEST:
        return None
    said = normalise(text).spaced.strip()
    found = _NUMBER.match(said)
    if found is None:
        return _by_word(said, words, thanks)
    answer, rest = ORDER[int(found[0]) - 1], said[1:]
    after = rest.strip(_SEPARATORS + ")")
    if not after:
        return SurveyAnswer(answer=answer, by_number=True)
    again = _by_word(after, words, thanks)  # 1 满意
    if again is not None:
        return again if again.answer is answer else None
    return _with_comment(answer, rest, words, thanks)


def _by_word(said: str, words: Mapping[Satisfaction, Collection[str]], thanks: Collection[str]) -> SurveyAnswer | None:
    listed = sorted(((word, answer) for answer in words for word in words[answer]), key=lambda it: -len(it[0]))
    for word, answer in listed:
        if word and said.startswith(word):
            return _with_comment(answer, said[len(word) :].lstrip(_PARTICLES), words, thanks)
    return None


def _with_comment(
    answer: Satisfaction, rest: str, words: Mapping[Satisfaction, Collection[str]], thanks: Collection[str]
) -> SurveyAnswer | None:
    comment = rest.strip(_SEPARATORS)
    if not comment or normalise(comment).words in thanks:
        return SurveyAnswer(answer=answer)
    parted = rest[0] in _SEPARATORS
    if not parted or _WORDLESS.fullmatch(comment) or comment.startswith(tuple(_all(words))):
        return None
    return SurveyAnswer(answer=answer, comment=comment)


def _all(words: Mapping[Satisfaction, Collection[str]]) -> Collection[str]:
    return [word for each in words.values() for word in each if word]
