"""The score of a month's checklists (A4-12). Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from wxbot.reception.models import DayChecklist
from wxbot.reception.rules import ChecklistItem


@dataclass(frozen=True, kw_only=True)
class ItemScore:
    """On how many of the days something was ticked."""

    item: ChecklistItem
    ticked: int
    days: int

    @property
    def percent(self) -> float:
        """The share; of no days all."""
        return 100 * self.ticked / self.days if self.days else 100.0


@dataclass(frozen=True, kw_only=True)
class MonthScore:
    """Each item's score, and the score of all."""

    items: tuple[ItemScore, ...]
    days: int
    goal: int  # percent

    @property
    def percent(self) -> float | None:
        """What was ticked of all that was to be; None before the first day."""
        wanted = self.days * len(self.items)
        return 100 * sum(each.ticked for each in self.items) / wanted if wanted else None

    @property
    def missed(self) -> bool:
        """Whether the goal is not reached."""
        return self.percent is not None and self.percent < self.goal


def month_score(
    days: Collection[date], ticked: Mapping[str, DayChecklist], items: Collection[ChecklistItem], goal: int
) -> MonthScore:
    """The score of the days on which the clinic receives; what was ticked on another day does not count."""
    of_days = [ticked[each.isoformat()] for each in days if each.isoformat() in ticked]
    scores = tuple(
        ItemScore(item=each, ticked=sum(each.key in day.ticks for day in of_days), days=len(days)) for each in items
    )
    return MonthScore(items=scores, days=len(days), goal=goal)
