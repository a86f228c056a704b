"""Danger signs in a patient's words: which rules match (A2-74, A2-92). Negation and past tense are understood."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from wxbot.understanding.assertion import Clauses, clauses_of, denied, denies, over, past, supposed
from wxbot.understanding.danger_resemblance import most_like
from wxbot.understanding.message import Message
from wxbot.understanding.models import DangerFound, Evidence
from wxbot.understanding.phrase_search import Looked, Match, PhraseSearch, Span

TAKEN_AWAY = 200  # what the sum of weights must exceed `least` by, where a phrase matched and was denied, past or over


class Urgency(StrEnum):
    """How fast somebody must see to it."""

    EMERGENCY = "emergency"  # 120 at once
    URGENT = "urgent"  # today


@dataclass(frozen=True, kw_only=True, eq=False)
class DangerRule:
    """A rule of config/dangers/: the words that mean danger. Phrases are written as `phrase_search` says.

    `projects` are words of the names of visit types (拔, 智齿) or kinds of aftercare (surgery) after which this rule
    is meant, `first_hour` and `last_hour` the time since; a rule without them is meant at any time. One value per rule
    that was read, so it is compared by identity.
    """

    id: str  # the file's name and the rule's: bleeding.not_stopping
    name: str = ""  # for staff
    urgency: Urgency = Urgency.URGENT
    advice: str = ""  # key of the template that answers
    words: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()  # phrases beside which the words mean nothing
    over: tuple[str, ...] = field(default=())  # phrases behind the words which say that it has ended
    projects: tuple[str, ...] = ()
    first_hour: float = 0.0
    last_hour: float | None = None
    any_sense: bool = False  # counts also when it is denied, past or supposed
    weights: Mapping[str, int] = field(default_factory=dict)  # asked where no phrase of any rule matches
    least: int = 0  # the sum of weights above which the words count


@dataclass(frozen=True)
class _Compiled:
    words: PhraseSearch
    around: PhraseSearch
    rules: dict[str, tuple[int, DangerRule]]
    weighted: tuple[DangerRule, ...]


class _Around:
    """Where the phrases stand that take away or end what is matched; each is put together once."""

    def __init__(self, looked: Looked) -> None:
        self._looked = looked
        self._places: dict[str, list[Span]] = {}

    def of(self, phrases: Sequence[str]) -> Iterator[Span]:
        """The places of those phrases."""
        for phrase in phrases:
            if phrase not in self._looked.phrases:
                continue
            if phrase not in self._places:
                self._places[phrase] = [Span(each.start, each.end) for each in self._looked.matches(phrase)]
            yield from self._places[phrase]


@lru_cache(maxsize=8)
def _compiled(rules: tuple[DangerRule, ...]) -> _Compiled:
    around = {phrase for rule in rules for phrase in (*rule.unless, *rule.over)}
    return _Compiled(
        PhraseSearch({rule.id: rule.words for rule in rules}),
        PhraseSearch({phrase: (phrase,) for phrase in around}, by_sound=False),
        {rule.id: (position, rule) for position, rule in enumerate(rules)},
        tuple(rule for rule in rules if rule.weights),
    )


def prepare(rules: Sequence[DangerRule]) -> None:
    """Compile the rules before the first message needs them. Raises PhraseError for words that cannot be read."""
    _compiled(tuple(rules))


def find_danger(message: Message, rules: Sequence[DangerRule]) -> DangerFound | None:
    """The rules that match, the most urgent first; None when nothing does.

    Raises:
        PhraseError: a rule has words that cannot be read; see `prepare`.
    """
    if not rules:
        return None
    compiled = _compiled(tuple(rules))
    looked = compiled.words.look(message.text)
    if not looked.phrases:
        return _resembling(message, compiled)
    clauses = clauses_of(message)
    around = _Around(compiled.around.look(message.text))
    found: dict[str, Match] = {}
    for rule_id in looked.phrases:
        rule = compiled.rules[rule_id][1]
        match = next((each for each in looked.matches(rule_id) if _counts(rule, each, clauses, around)), None)
        if match is not None:
            found[rule_id] = match
    if not found:  # phrases matched, and something beside them takes each away
        return _resembling(message, compiled, least=TAKEN_AWAY)

    def first(rule_id: str) -> tuple[bool, int]:
        position, rule = compiled.rules[rule_id]
        return rule.urgency is not Urgency.EMERGENCY, position

    ids = tuple(sorted(found, key=first))
    words = tuple(message.text[found[each].start : found[each].end] for each in ids)
    evidence = tuple(
        Evidence(
            rule=f"danger.{each}",
            words=said,
            start=found[each].start,
            end=found[each].end,
            meaning=compiled.rules[each][1].name,
        )
        for each, said in zip(ids, words, strict=True)
    )
    return DangerFound(rules=ids, words=words, evidence=evidence)


def _resembling(message: Message, compiled: _Compiled, *, least: int = 0) -> DangerFound | None:
    """What the weights of a rule find, where the phrases of all rules found nothing."""
    for rule in compiled.weighted:
        like = most_like(message.text, rule.weights, rule.least)
        if like is None or like.score <= least:
            continue
        if not any(_Around(compiled.around.look(message.text)).of(rule.unless)):
            start, end = like.span.start, like.span.end
            said = message.text[start:end]
            evidence = Evidence(rule=f"danger.{rule.id}", words=said, start=start, end=end, meaning=rule.name)
            return DangerFound(rules=(rule.id,), words=(said,), evidence=(evidence,))
    return None


def _counts(rule: DangerRule, match: Match, clauses: Clauses, around: _Around) -> bool:
    if any(each.start <= match.end and match.start <= each.end for each in around.of(rule.unless)):
        return False
    if rule.any_sense:
        return True
    ends = [each for each in around.of(rule.over) if each.end > match.end and each.start >= match.start]
    if any(not denied(clauses, each.start, each.end) for each in ends):
        return False
    if denies(clauses, match):
        return False
    return not (supposed(clauses, match) or past(clauses, match.start, match.end) or over(clauses, match.end))
