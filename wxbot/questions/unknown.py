"""What is kept of a question that found no answer, and which ones are nearly the same. Pure."""

import re
from collections.abc import Sequence

from wxbot.questions.models import UnknownGroup, UnknownQuestion
from wxbot.understanding.asking import content_of, looks_like_question, plain_words
from wxbot.understanding.message import normalise

LONGEST_EXAMPLE = 200  # characters of a patient's words that are kept
LONGEST_KEY = 60
ALIKE = 0.7  # share of the pairs of characters that two wordings of one group have in common
MOST_OTHERS = 4  # further wordings of a group that are shown

_DIGIT = re.compile(r"\d")


def key_of(text: str) -> str:
    """The content by which askings are counted together; empty for words that ask nothing."""
    written = normalise(text).text
    if not looks_like_question(written):
        return ""
    signs = "".join(sign for sign in plain_words(written) if sign.isalnum())
    return _DIGIT.sub("", content_of(signs))[:LONGEST_KEY]


def example_of(text: str) -> str:
    """The patient's words as they may be kept: digits masked, shortened."""
    return _DIGIT.sub("*", " ".join(text.split()))[:LONGEST_EXAMPLE]


def grouped(rows: Sequence[UnknownQuestion]) -> list[UnknownGroup]:
    """Groups of near-duplicates, the most asked first, then the latest."""
    gathered: list[tuple[frozenset[str], list[UnknownQuestion]]] = []
    for row in rows:
        pairs = _pairs(row.key)
        for others, members in gathered:
            if _alike(pairs, others):
                members.append(row)
                break
        else:
            gathered.append((pairs, [row]))
    groups = [_group(members) for _, members in gathered]
    return sorted(groups, key=lambda each: (-each.count, -each.last_at.timestamp()))


def _group(members: Sequence[UnknownQuestion]) -> UnknownGroup:
    by_use = sorted(members, key=lambda each: (-each.count, each.first_at))
    wordings = list(dict.fromkeys(each.text for each in by_use))
    return UnknownGroup(
        example=wordings[0],
        count=sum(each.count for each in members),
        people=len({each.contact_id for each in members}),
        first_at=min(each.first_at for each in members),
        last_at=max(each.last_at for each in members),
        members=tuple(each.id for each in members),
        others=tuple(wordings[1 : 1 + MOST_OTHERS]),
    )


def _pairs(key: str) -> frozenset[str]:
    return frozenset(key[at : at + 2] for at in range(max(1, len(key) - 1)))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return 2 * len(one & other) >= ALIKE * (len(one) + len(other))
