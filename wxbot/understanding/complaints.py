"""Complaints: what they are told by, from config/complaints.toml (A4-44)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from wxbot.understanding.assertion import clauses_of, denies, supposed
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
    unless = {rule.id: rule.unless for rule in rules}
    return PhraseSearch({rule.id: rule.words for rule in rules}), PhraseSearch(unless, by_sound=False)


def prepare(rules: Sequence[ComplaintRule]) -> None:
    """Compile the rules before the first message needs them. Raises PhraseError for words that cannot be read."""
    _compiled(tuple(rules))


def find_complaint(message: Message, rules: Sequence[ComplaintRule]) -> tuple[Evidence, ...]:
    """Every rule by which the message is a complaint, once each; empty when it is none.

    Raises:
        PhraseError: a rule has words that cannot be read; see `prepare`.
    """
    if not rules:
        return ()
    words, unless = _compiled(tuple(rules))
    looked = words.look(message.text)
    if not looked.phrases:
        return ()
    clauses, around = clauses_of(message), unless.look(message.text)
    found: dict[str, Evidence] = {}
    for rule in looked.phrases:
        for match in looked.matches(rule):
            if denies(clauses, match):
                continue
            if supposed(clauses, match):
                continue
            if any(each.start <= match.end and match.start <= each.end for each in around.matches(rule)):
                continue
            found[rule] = Evidence(
                rule=f"complaint.{rule}",
                words=message.text[match.start : match.end],
                start=match.start,
                end=match.end,
            )
            break
    return tuple(found.values())
