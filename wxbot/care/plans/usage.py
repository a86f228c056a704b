"""What the plans that are followed mean for other settings: which templates they fill, which treatments they know."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from wxbot.care.anchors import ANCHORS
from wxbot.care.anchors.kind import AnchorKind
from wxbot.care.models import CarePlan
from wxbot.care.plans.live import LivePlans
from wxbot.care.questions import HINT
from wxbot.templates.models import TemplateUsage


class TemplateUses(Mapping[str, TemplateUsage]):
    """What each template is needed for: as the files say, and by the plans as they stand now.

    A template that a plan says is filled from the plan's anchor alone, so its wording may name nothing else.
    """

    def __init__(
        self,
        files: Mapping[str, TemplateUsage],
        live: LivePlans,
        common: Mapping[str, str],
        anchors: Mapping[str, AnchorKind] = ANCHORS,
    ) -> None:
        self._files = files
        self._live = live
        self._common = common
        self._anchors = anchors

    def __getitem__(self, key: str) -> TemplateUsage:
        """What a key is needed for. Raises KeyError: for nothing that is known."""
        steps = [(plan, step) for plan in self._live.versions for step in plan.steps if step.template == key]
        if not steps:
            return self._files[key]
        known = self._files.get(key)
        titles = "、".join(dict.fromkeys(plan.title for plan, _ in steps))
        filled = frozenset.intersection(*(self._anchors[plan.anchor].variables for plan, _ in steps))
        if all(step.question is not None for _, step in steps if not step.base):  # what ends a loop says it, too
            filled |= {HINT}
        found = TemplateUsage(
            event=f"关怀计划：{titles}",
            variables=frozenset(self._common) | filled,
            greeting=any(step.greeting for _, step in steps),
            fixed=False,
        )
        return found if known is None else replace(found, fixed=known.fixed)

    def __iter__(self) -> Iterator[str]:
        """Every key that is needed."""
        said = {step.template: None for plan in self._live.versions for step in plan.steps}
        return iter({**dict.fromkeys(self._files), **said})

    def __len__(self) -> int:
        """How many there are."""
        return sum(1 for _ in self)


class Treatments(Mapping[str, str]):
    """The treatments that a plan in force describes: code → the plan's title, for the aftercare of visit types."""

    def __init__(self, live: LivePlans, now: Callable[[], datetime]) -> None:
        self._live = live
        self._now = now

    def __getitem__(self, treatment: str) -> str:
        """The title of the last plan for that treatment."""
        return self._titles()[treatment]

    def __iter__(self) -> Iterator[str]:
        """Every treatment."""
        return iter(self._titles())

    def __len__(self) -> int:
        """How many there are."""
        return len(self._titles())

    def _titles(self) -> dict[str, str]:
        plans: tuple[CarePlan, ...] = self._live.in_force(self._now())
        return {plan.aftercare: plan.title for plan in plans if plan.aftercare is not None}
