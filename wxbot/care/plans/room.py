"""The use cases of care plans, by name."""

from dataclasses import dataclass

from wxbot.care.plans.editor import PlanEditor
from wxbot.care.plans.live import LivePlans
from wxbot.care.plans.running import RunningPatients


@dataclass(frozen=True, kw_only=True)
class PlanRoom:
    """关怀计划: what patients follow, what staff write, whom a new version would affect."""

    live: LivePlans
    editor: PlanEditor
    running: RunningPatients
