"""Danger signs in a patient's words: which rules match (A2-74, A2-92). Negation and past tense are understood."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from wxbot.understanding.assertion import Clauses, clauses_of, denied, over, past, supposed
from wxbot.understanding.message import Message
from wxbot.understanding.models import DangerFound, Evidence
from wxbot.understanding.phrase_search import Match, PhraseSearch


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


@dataclass(frozen=True)
class _Compiled:
    words: PhraseSearch
    around: PhraseSearch
    rules: dict[str, tuple[int, DangerRule]]


@lru_cache(maxsize=8)
def _compiled(rules: tuple[DangerRule, ...]) -> _Compiled:
    around = {f"unless/{rule.id}": rule.unless for rule in rules} | {f"over/{rule.id}": rule.over for rule in rules}
    return _Compiled(
        PhraseSearch({rule.id: rule.words for rule in rules}),
        PhraseSearch(around),
        {rule.id: (position, rule) for position, rule in enumerate(rules)},
    )


def find_danger(message: Message, rules: Sequence[DangerRule]) -> DangerFound | None:
    """The rules that match, the most urgent first; None when nothing does.

    Raises:
        PhraseError: a rule has words that cannot be read; config/ refuses them at the start.
    """
    if not rules:
        return None
    compiled = _compiled(tuple(rules))
    found: dict[str, Match] = {}
    clauses: Clauses | None = None
    around: dict[str, list[Match]] = {}
    for match in compiled.words.find(message.text):
        if match.rule in found:
            continue
        if clauses is None:
            clauses = clauses_of(message)
            for each in compiled.around.find(message.text):
                around.setdefault(each.rule, []).append(each)
        rule = compiled.rules[match.rule][1]
        if _counts(rule, match, clauses, around):
            found[match.rule] = match
    if not found:
        return None

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


def _counts(rule: DangerRule, match: Match, clauses: Clauses, around: dict[str, list[Match]]) -> bool:
    if any(each.start <= match.end and match.start <= each.end for each in around.get(f"unless/{rule.id}", ())):
        return False
    if rule.any_sense:
        return True
    ends = [each for each in around.get(f"over/{rule.id}", ()) if each.end > match.end and each.start >= match.start]
    if any(not denied(clauses, each.start, each.end) for each in ends):
        return False
    if any(denied(clauses, part.start, part.end) for part in match.parts):
        return False
    return not (
        supposed(clauses, match.start, match.end) or past(clauses, match.start, match.end) or over(clauses, match.end)
    )
