"""Figures and how they are shown."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured value. `goal` None: reported only. `rounds` are the single values of which `value` is the median."""

    name: str
    value: float
    unit: str = ""
    goal: float | None = None
    at_least: bool = True  # whether more is better
    note: str = ""
    rounds: tuple[float, ...] = ()

    @property
    def verdict(self) -> str:
        """ok or over (the goal is missed), or nothing where there is no goal."""
        if self.goal is None:
            return ""
        reached = self.value >= self.goal if self.at_least else self.value <= self.goal
        return "ok" if reached else "over"


def median_of(name: str, values: Sequence[float], **more: Any) -> Figure:
    """The median of several rounds."""
    return Figure(name=name, value=median(values), rounds=tuple(values), **more)


def readable(value: float, unit: str) -> str:
    """A value with the digits that mean something."""
    if unit == "%":
        return f"{value * 100:.1f} %"
    digits = 0 if abs(value) >= 100 or float(value).is_integer() else 2 if abs(value) < 10 else 1
    return f"{value:,.{digits}f} {unit}".rstrip()


def show(screen: Console, parts: Sequence[tuple[str, Sequence[Figure]]]) -> None:
    """The table: measured, the spread of the rounds, goal, verdict."""
    table = Table("", "measured", "rounds", "goal", "", "note", title="Benchmark", title_justify="left")
    for title, figures in parts:
        table.add_section()
        table.add_row(f"[bold]{title}")
        for figure in figures:
            spread = ""
            if len(figure.rounds) > 1:
                low, high = min(figure.rounds), max(figure.rounds)
                spread = f"{readable(low, '%' if figure.unit == '%' else '')} – {readable(high, figure.unit)}"
            sign = "≥" if figure.at_least else "≤"
            goal = "" if figure.goal is None else f"{sign} {readable(figure.goal, figure.unit)}"
            colour = {"ok": "[green]ok", "over": "[red]over", "": ""}[figure.verdict]
            table.add_row(figure.name, readable(figure.value, figure.unit), spread, goal, colour, figure.note)
    screen.print(table)


def write(path: Path, parts: Sequence[tuple[str, Sequence[Figure]]], more: dict[str, Any]) -> None:
    """The same as JSON."""
    told = {title: [{**asdict(figure), "verdict": figure.verdict} for figure in figures] for title, figures in parts}
    path.write_text(json.dumps({**more, "parts": told}, ensure_ascii=False, indent=2) + "\n")


Say = Callable[[str], None]
"""Tells the person who waits what is being measured."""
