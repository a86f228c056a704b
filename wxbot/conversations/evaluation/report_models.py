"""总结报告 (A2-96): a day, a week or a month of the desk, filled in from the figures, completed by a supervisor."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from wxbot.conversations.evaluation.figure_definitions import DEFINITIONS
from wxbot.conversations.evaluation.figures import Standards, Value, grouped, hits_by_rule, values_of
from wxbot.conversations.evaluation.measuring import EpisodeFigures
from wxbot.periods import Span

PEOPLE = ("all", "on_time", "first_p90", "first_contact", "ending_agent", "low_effort", "goal_phone", "goal_invited")
MOST_CAUSES = 10  # told, the most frequent first


@dataclass(frozen=True, kw_only=True)
class FigureLine:
    """A figure as it stood when the report was written."""

    key: str
    name: str
    shown: str
    count: int
    among: int
    standard: str  # basic and excellent, in words; empty without
    band: str  # of standards.Band; empty without
    words: str  # the definition


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How often something was met."""

    name: str
    count: int


@dataclass(frozen=True, kw_only=True)
class PersonLine:
    """One person's figures: `shown` by PEOPLE."""

    account: str  # empty: talks that nobody answered
    shown: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What the figures say of the period."""

    lines: tuple[FigureLine, ...]
    causes: tuple[Tally, ...]  # why patients needed a person
    rules: tuple[Tally, ...]  # the lexicon's that were broken most
    people: tuple[PersonLine, ...]


@dataclass(frozen=True, kw_only=True)
class Remarks:
    """The four things that a person adds (A2-96)."""

    solved: str = ""  # 问题与解决
    learned: str = ""  # 学到什么
    lacking: str = ""  # 不足
    plan: str = ""  # 最多的问题、原因、下段计划


REMARKS: Mapping[str, str] = {
    "solved": "遇到的问题，怎么解决的",
    "learned": "学到了什么",
    "lacking": "还有什么不足",
    "plan": "最多的问题是什么、为什么、下一段怎么做",
}


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report that is kept: the figures of when it was written last, and what a supervisor says of them."""

    id: str  # Period.id
    span: Span
    first: str  # local days, ISO
    last: str
    filled: Filled
    remarks: Remarks
    written_at: datetime
    written_by: str  # `staff:<id>`
    written_by_name: str
    revision: int = 1


def filled(found: Sequence[EpisodeFigures], standards: Standards) -> Filled:
    """The figures of a period's talks."""
    people = grouped(found, lambda it: it.owner or "", PEOPLE)
    causes = Counter(it.cause.label for it in found).most_common(MOST_CAUSES)
    return Filled(
        lines=tuple(_line(value) for value in values_of(found, standards=standards).values()),
        causes=tuple(Tally(name=name, count=count) for name, count in causes),
        rules=tuple(Tally(name=name, count=count) for name, count in hits_by_rule(found)[:MOST_CAUSES]),
        people=tuple(
            PersonLine(account=each.key, shown=tuple(each.values[key].shown for key in PEOPLE)) for each in people
        ),
    )


def people_heads() -> tuple[str, ...]:
    """The names of the columns of PersonLine."""
    return tuple(DEFINITIONS[key].name for key in PEOPLE)


def _line(value: Value) -> FigureLine:
    return FigureLine(
        key=value.key,
        name=value.name,
        shown=value.shown,
        count=value.count,
        among=value.among,
        standard=value.written_standard,
        band="" if value.band is None else value.band.value,
        words=value.words,
    )
