"""The small language in which a lexicon writes words.

- Plain characters stand for themselves: `根治`.
- `[甲|乙]` is either of them, `[甲|]` is 甲 or nothing.
- `…` is up to GAP characters inside one sentence.
- `{数字}`, `{手机号}`, `{身份证号}` are shapes.

It has no repetition, so the time to match does not grow with what somebody writes into a file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from wxbot.quality.normalising import SENTENCE_ENDS, plain

GAP = 12  # characters of a gap: half a clause; longer ones join what does not belong together
MOST_SPELLINGS = 500  # of the words before the first gap or shape; more is a slip of the pen

SHAPES = {
    "数字": r"(?:[0-9]{1,9}|[零一二两三四五六七八九十百千万几]{1,9})",
    "手机号": r"1[3-9][0-9]{9}",
    "身份证号": r"[1-9][0-9]{5}(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9x]",
}

_PART = re.compile(r"\[([^\[\]]*)\]|\{([^{}]*)\}|(…+)|([^\[\]{}…|]+)")


class PatternError(ValueError):
    """The words cannot be read; the message says why, in English."""


@dataclass(frozen=True)
class Pattern:
    """Words as they are searched: every spelling of the beginning, then a rest that is matched where one was found.

    `heads` is empty when the words begin with a shape: then `rest` is searched for everywhere.
    """

    heads: tuple[str, ...]
    rest: re.Pattern[str] | None


def compile_pattern(words: str) -> Pattern:
    """Read words of a lexicon.

    Raises:
        PatternError: a bracket without its partner, an unknown shape, nothing to look for at the beginning.
    """
    runs = list(_runs(words))
    if not runs:
        raise PatternError("there are no words")
    if runs[0] is None or runs[-1] is None:
        raise PatternError("words cannot begin or end with …")
    first, rest = runs[0], runs[1:]
    if isinstance(first, str):
        return Pattern((), re.compile(first + _regex(rest)))
    if "" in first:
        raise PatternError("the beginning may not be left out entirely")
    return Pattern(first, re.compile(_regex(rest)) if rest else None)


def _runs(words: str) -> Iterator[tuple[str, ...] | str | None]:
    """The parts: a tuple of spellings, a shape as a regular expression, or None for a gap."""
    spellings: list[tuple[str, ...]] = []
    at = 0
    while at < len(words):
        part = _PART.match(words, at)
        if part is None:
            raise PatternError(f"{words[at]!r} has no partner")
        at = part.end()
        choice, shape, gap, literal = part.groups()
        if literal is not None:
            spellings.append((plain(literal),))
        elif choice is not None:
            spellings.append(tuple(plain(each) for each in choice.split("|")))
        else:
            if spellings:
                yield _spelt(spellings)
                spellings = []
            if gap is not None:
                yield None
            elif shape in SHAPES:
                yield SHAPES[shape]
            else:
                raise PatternError(f"{{{shape}}} is no shape; known are {', '.join(SHAPES)}")
    if spellings:
        yield _spelt(spellings)


def _spelt(parts: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Every spelling, the longest first, so that the longest is what is found."""
    number = 1
    for part in parts:
        number *= len(part)
    if number > MOST_SPELLINGS:
        raise PatternError(f"{number} spellings; write several words with fewer choices")
    found = {"".join(choice) for choice in product(*parts)}
    return tuple(sorted(found, key=lambda each: (-len(each), each)))


def _regex(runs: list[tuple[str, ...] | str | None]) -> str:
    parts = []
    for run in runs:
        if run is None:
            parts.append(f"[^{re.escape(SENTENCE_ENDS)}]{{0,{GAP}}}?")
        elif isinstance(run, str):
            parts.append(run)
        else:
            parts.append(f"(?:{'|'.join(re.escape(each) for each in run)})")
    return "".join(parts)
