"""Two standards per figure, basic and excellent (A0-03): in which band a measured value lies. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from wxbot.labels import LabelledEnum

SCORE = "score"  # the points of a talk, beside the figures


class Band(LabelledEnum):
    """How good a value is."""

    EXCELLENT = ("excellent", "优质")
    BASIC = ("basic", "达到基本标准")
    BELOW = ("below", "未达基本标准")


@dataclass(frozen=True, kw_only=True)
class Standard:
    """Percent, seconds or points. Where `excellent` is the smaller one, less is better."""

    basic: float
    excellent: float

    def band(self, value: float) -> Band:
        """Where a value lies; a standard is kept by the value that it names."""
        sign = 1 if self.excellent > self.basic else -1
        if sign * value >= sign * self.excellent:
            return Band.EXCELLENT
        return Band.BASIC if sign * value >= sign * self.basic else Band.BELOW


STANDARDS: Mapping[str, Standard] = {
    key: Standard(basic=basic, excellent=excellent)
    for key, (basic, excellent) in {
        "on_time": (80, 95),  # percent
        "first_p90": (60, 30),  # seconds (A3-02)
        "next_p90": (120, 60),  # seconds (A0-05)
        "human_answer": (85, 95),  # percent (A2-89)
        "ending_greeting": (50, 80),
        "ending_agent": (5, 1),
        "unanswered": (5, 1),
        "first_contact": (70, 85),
        "low_effort": (10, 3),
        "one_sided": (20, 5),
        "rude": (1, 0),
        "goal_phone": (20, 40),
        "goal_wechat": (10, 30),
        "goal_invited": (20, 40),
        SCORE: (80, 95),  # points of a talk
    }.items()
}
"""As shipped; desk.toml's [standards] says otherwise. By the key of a figure (figure_definitions.py)."""
