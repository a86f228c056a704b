"""Complaints: what they are told by, from config/complaints.toml (A4-44)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from wxbot.understanding.assertion import clauses_of, denied, supposed
from wxbot.understanding.message import Message
from wxbot.understanding.models import Evidence
from wxbot.understanding.phrase_search import PhraseSearch


@dataclass(frozen=True, kw_only=True, eq=False)
class ComplaintRule:
    """A rule of config/complaints.toml. Phrases are written as `phrase_search` says."""

    id: str
    name: str = ""  # for staff
    words: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


@lru_cache(maxsize=8)
def _compiled(rules: tuple[ComplaintRule, ...]) -> tuple[PhraseSearch, PhraseSearch]:
    return PhraseSearch({rule.id: rule.words for rule in rules}), PhraseSearch({rule.id: rule.unless for rule in rules})


def find_complaint(message: Message, rules: Sequence[ComplaintRule]) -> tuple[Evidence, ...]:
    """Every rule by which the message is a complaint, once each; empty when it is none.

    Raises:
        PhraseError: a rule has words that cannot be read; config/ refuses them at the start.
    """
    if not rules:
        return ()
    words, unless = _compiled(tuple(rules))
    found: dict[str, Evidence] = {}
    clauses = None
    for match in words.find(message.text):
        if match.rule in found:
            continue
        clauses = clauses or clauses_of(message)
        if any(denied(clauses, part.start, part.end) for part in match.parts):
            continue
        if supposed(clauses, match.start, match.end):
            continue
        beside = (each for each in unless.find(message.text) if each.rule == match.rule)
        if any(each.start <= match.end and match.start <= each.end for each in beside):
            continue
        found[match.rule] = Evidence(
            rule=f"complaint.{match.rule}",
            words=message.text[match.start : match.end],
            start=match.start,
            end=match.end,
        )
    return tuple(found.values())
