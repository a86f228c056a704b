"""Days, times, visit types and doctors of several mentions, made one where they say the same thing twice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wxbot.understanding.days import DayFound
from wxbot.understanding.models import ANYONE, DayWords, Relationship, TimeWords, Which
from wxbot.understanding.times import TimeFound
from wxbot.understanding.tokens import ID_SEPARATOR, Kind, Token
from wxbot.understanding.which_appointment import in_part


@dataclass(frozen=True, kw_only=True)
class Named:
    """The particulars of one group: what is wanted, what stands, or what is refused."""

    visit_types: tuple[str, ...] = ()
    practitioners: tuple[str, ...] = ()
    days: tuple[DayWords, ...] = ()
    times: tuple[TimeWords, ...] = ()

    @property
    def which(self) -> Which:
        """The same as what it says of an appointment."""
        return Which(
            days=self.days, times=self.times, visit_types=self.visit_types, practitioners=self.practitioners
        )

    @property
    def several(self) -> bool:
        """Whether there are two of a kind."""
        return any(len(each) > 1 for each in (self.visit_types, self.practitioners, self.days, self.times))


def named_particulars(tokens: Sequence[Token]) -> Named:
    """What the tokens name, in their order."""
    people = _ids(tokens, Kind.PRACTITIONER)
    anyone = any(token.kind is Kind.ANYONE for token in tokens)
    return Named(
        visit_types=_ids(tokens, Kind.VISIT_TYPE),
        practitioners=people or ((ANYONE,) if anyone else ()),
        days=_days([token.value.day for token in tokens if isinstance(token.value, DayFound)]),
        times=_times([token.value.time for token in tokens if isinstance(token.value, TimeFound)]),
    )


def _ids(tokens: Sequence[Token], kind: Kind) -> tuple[str, ...]:
    named = [token.value.split(ID_SEPARATOR) for token in tokens if token.kind is kind and isinstance(token.value, str)]
    return tuple(dict.fromkeys(each for ids in named for each in ids))


def _days(mentions: Sequence[DayWords]) -> tuple[DayWords, ...]:
    """12月4号周五 and 下周，就周三吧 each are one day: what both mentions may mean."""
    found: list[DayWords] = []
    for mention in mentions:
        if found and (both := _both_days(found[-1], mention)) is not None:
            found[-1] = both
        elif not any(mention.days == each.days and mention.relationship is each.relationship for each in found):
            found.append(mention)
    return tuple(found)


def _both_days(first: DayWords, second: DayWords) -> DayWords | None:
    plain = first.relationship is second.relationship is Relationship.AT
    common = tuple(day for day in first.days if day in second.days)
    if not common or not plain or first.days == second.days:
        return first if common and first == replace(second, words=first.words) else None
    if first.span and second.span:
        return None
    return DayWords(days=common, words=f"{first.words}{second.words}")


def _times(mentions: Sequence[TimeWords]) -> tuple[TimeWords, ...]:
    """下午，三点的那个 is one time: the hours that are in the part of the day."""
    found: list[TimeWords] = []
    for mention in mentions:
        if found and (both := _both_times(found[-1], mention)) is not None:
            found[-1] = both
        elif not any(mention == replace(each, words=mention.words) for each in found):
            found.append(mention)
    return tuple(found)


def _both_times(first: TimeWords, second: TimeWords) -> TimeWords | None:
    part, hour = (first, second) if first.part and not first.times else (second, first)
    if part.times or part.part is None or not hour.times or part.relationship is not Relationship.AT:
        return None
    kept = [place for place, each in enumerate(hour.times) if in_part(part.part, each)]
    if not kept:
        return None
    until = tuple(hour.until[place] for place in kept if place < len(hour.until))
    return replace(hour, times=tuple(hour.times[place] for place in kept), part=part.part, until=until)
