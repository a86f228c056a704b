"""How the sentences of dangers.txt are read by the shipped rules."""

from dataclasses import dataclass
from functools import cache

from cattrs import Converter

from config.content import load_content
from tests.corpus import Sentence, sentences
from wxbot.understanding.complaints import ComplaintRule
from wxbot.understanding.danger import DangerRule, find_danger
from wxbot.understanding.message import normalise
from wxbot.understanding.models import DangerFound

NAMELESS = frozenset({"unusual", "resembling"})  # files whose rules only say that somebody must look


@cache
def shipped_rules() -> tuple[DangerRule, ...]:
    """The rules of config/dangers/."""
    content = load_content()
    rules = [rule for kind, signs in content.dangers.items() for rule in signs.whole_rules(kind)]
    return Converter().structure(rules, tuple[DangerRule, ...])


@cache
def shipped_complaints() -> tuple[ComplaintRule, ...]:
    """The rules of config/complaints.toml."""
    return Converter().structure(list(load_content().complaints.whole_rules()), tuple[ComplaintRule, ...])


def found(text: str) -> DangerFound | None:
    """What the shipped rules find in a message."""
    return find_danger(normalise(text), shipped_rules())


def kinds(text: str) -> set[str]:
    """The files of the rules that match: bleeding, swelling."""
    danger = found(text)
    return set() if danger is None else {rule.partition(".")[0] for rule in danger.rules}


@dataclass(frozen=True)
class Figures:
    """Of one part of the corpus: shares between 0 and 1.

    `sign`: of what was found, the right kind is among it, or only the rules that name no kind (`NAMELESS`).
    """

    dangers: int
    harmless: int
    recall: float
    sign: float
    false_alarms: float


def figures(*, held_out: bool) -> Figures:
    """The figures of the sentences that are held out, or of the others."""
    part = [each for each in sentences("dangers") if each.held_out is held_out]
    dangers = [each for each in part if "danger" in each.flags]
    harmless = [each for each in part if "danger" not in each.flags]
    heard = [each for each in dangers if found(each.text)]
    return Figures(
        dangers=len(dangers),
        harmless=len(harmless),
        recall=len(heard) / len(dangers),
        sign=sum(each.values["sign"] in kinds(each.text) or kinds(each.text) <= NAMELESS for each in heard)
        / len(heard),
        false_alarms=sum(found(each.text) is not None for each in harmless) / len(harmless),
    )


def misread(held_out: bool) -> list[Sentence]:
    """The sentences that are read otherwise than expected."""
    part = [each for each in sentences("dangers") if each.held_out is held_out]
    return [each for each in part if (found(each.text) is not None) != ("danger" in each.flags)]
