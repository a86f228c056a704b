"""Which kinds of messages a stop is about: 别再发活动了 stops the offers and nothing else. Pure.

Each part of the message that says stop must name a kind; where one names none, or says 全部, the stop is about all.
"""

from collections.abc import Iterable, Mapping

from wxbot.patients.models import TOPIC_NAMES, ConsentTopic
from wxbot.understanding.models import Evidence
from wxbot.understanding.sending_words import CLAUSE
from wxbot.understanding.words import WordLists

LISTS: Mapping[ConsentTopic, str] = {topic: f"topic.{topic.value}" for topic in TOPIC_NAMES}
"""Topic → the clinic's list of its words."""
EVERYTHING = ("都", "全", "所有", "任何", "一切", "通通", "统统", "其他", "其它", "别的", "什么", "除", "只")
"""Whoever says one of these means more than the kind that is named beside it."""


def stop_topics(text: str, evidence: Iterable[Evidence], words: WordLists) -> tuple[ConsentTopic, ...]:
    """The topics of a stop with that evidence in the normalised `text`; none: all messages."""
    clauses = [(found.start(), found.end(), found[0]) for found in CLAUSE.finditer(text)]
    named: set[ConsentTopic] = set()
    for each in evidence:
        parts = [part for start, end, part in clauses if start < each.end and each.start < end]
        said = {topic for part in parts for topic in _named(part, words)}
        if not said or any(word in part for part in parts for word in EVERYTHING):
            return ()
        named |= said
    return tuple(topic for topic in TOPIC_NAMES if topic in named)


def _named(part: str, words: WordLists) -> list[ConsentTopic]:
    return [topic for topic, key in LISTS.items() if any(word in part for word in words.of(key))]
