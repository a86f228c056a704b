"""The desk's numbers over some episodes, by their definitions, with the records behind them; per group too. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from wxbot.conversations.evaluation.figure_definitions import DEFINITIONS, Definition
from wxbot.conversations.evaluation.measuring import EpisodeFigures
from wxbot.conversations.standards import Band, Standard

WHOLE_NUMBER = 100

Standards = Mapping[str, Standard]
"""By the key of a figure."""

NO_STANDARDS: Standards = {}


@dataclass(frozen=True, kw_only=True)
class Value:
    """A figure over some episodes. `share` is in percent, `seconds` a percentile; None where nothing counts."""

    key: str
    name: str
    words: str
    count: int
    among: int
    share: float | None = None
    seconds: float | None = None
    standard: Standard | None = None  # what it is measured against (A0-03)
    band: Band | None = None  # None: without a standard, or nothing counts
    timed: bool = False  # it is a percentile, also where there is none

    @property
    def written_standard(self) -> str:
        """The two standards as the page writes them; empty without."""
        if self.standard is None:
            return ""
        unit = " 秒" if self.timed else "%"
        return f"基本 {self.standard.basic:g}{unit}，优质 {self.standard.excellent:g}{unit}"

    @property
    def shown(self) -> str:
        """As the page writes it."""
        if self.seconds is not None:
            return f"{self.seconds:.0f} 秒"
        if self.share is not None:
            return f"{self.share:.1f}%"
        return "—" if self.timed or (self.among == 0 and self.count == 0) else str(self.count)


def percentile(values: Sequence[float], share: int) -> float | None:
    """The nearest-rank percentile; None of nothing."""
    if not values:
        return None
    return sorted(values)[max(0, ceil(share / WHOLE_NUMBER * len(values)) - 1)]


def value_of(definition: Definition, episodes: Sequence[EpisodeFigures], standards: Standards = NO_STANDARDS) -> Value:
    """One figure over those episodes."""
    among = [it for it in episodes if definition.of is None or definition.of(it)]
    count = sum(map(definition.hit, among))
    share = seconds = None
    if definition.seconds is not None:
        seconds = percentile([each for it in among for each in definition.seconds(it)], definition.percentile)
    elif definition.of is not None and among:
        share = count * WHOLE_NUMBER / len(among)
    measured = seconds if definition.seconds is not None else share
    standard = standards.get(definition.key)
    return Value(
        key=definition.key,
        name=definition.name,
        words=definition.words,
        count=count,
        among=len(among),
        share=share,
        seconds=seconds,
        standard=standard,
        band=standard.band(measured) if standard is not None and measured is not None else None,
        timed=definition.seconds is not None,
    )


def values_of(
    episodes: Sequence[EpisodeFigures], keys: Sequence[str] = (), standards: Standards = NO_STANDARDS
) -> dict[str, Value]:
    """Every figure (or those of `keys`) over those episodes."""
    wanted = [DEFINITIONS[key] for key in keys] if keys else DEFINITIONS.values()
    return {each.key: value_of(each, episodes, standards) for each in wanted}


def records_of(key: str, episodes: Sequence[EpisodeFigures]) -> list[EpisodeFigures]:
    """The episodes that a figure counts, newest first; all of an unknown key are none."""
    definition = DEFINITIONS.get(key)
    if definition is None:
        return []
    counted = [it for it in episodes if (definition.of is None or definition.of(it)) and definition.hit(it)]
    return sorted(counted, key=lambda it: it.opened_at, reverse=True)


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """The same figures per person, day, hour or shift."""

    key: str  # an account, a date, an hour, a shift
    values: Mapping[str, Value] = field(default_factory=dict)


def grouped(
    episodes: Sequence[EpisodeFigures],
    by: Callable[[EpisodeFigures], str],
    keys: Sequence[str],
    standards: Standards = NO_STANDARDS,
) -> list[Grouped]:
    """Figures per group, groups in order."""
    groups: dict[str, list[EpisodeFigures]] = {}
    for it in episodes:
        groups.setdefault(by(it), []).append(it)
    return [Grouped(key=key, values=values_of(groups[key], keys, standards)) for key in sorted(groups)]


def hits_by_rule(episodes: Sequence[EpisodeFigures]) -> list[tuple[str, int]]:
    """How often each category of the lexicon was met, the most frequent first."""
    return Counter(hit.name for it in episodes for hit in it.hits).most_common()
