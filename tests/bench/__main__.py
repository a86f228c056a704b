"""`python -m tests.bench [--quick] [--only NAME] [--json PATH]`: measure, show a table, write the figures."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console

from . import booking, care, console, delivery, desk, growth, push, reading, reply_checks, start, storm
from .figures import Figure, show, write
from .processes import machine_seconds, our_seconds
from .stage import FULL, QUICK, Size, Stage, open_stage

Parts = list[tuple[str, list[Figure]]]

OTHERS = "used by others meanwhile"
QUIET = 0.05  # of the machine: what others may use while the figures still speak of the service alone

PARTS: dict[str, Callable[[Stage], Awaitable[list[Figure]]]] = {
    "reading": reading.measure,
    "reply checks": reply_checks.measure,
    "booking": booking.measure,
    "push": push.measure,
    "care": care.measure,
    "delivery": delivery.measure,
    "storm": storm.measure,
    "growth": growth.measure,
    "console": console.measure,
    "desk": desk.measure,
    "start": start.measure,
}


async def run(size: Size, only: str | None, screen: Console) -> tuple[Parts, list[str], dict[str, Any]]:
    """Every part, or one: the figures, the parts that failed, and notes such as the sweep."""
    failed: list[str] = []
    notes: dict[str, Any] = {}
    found: Parts = []
    with tempfile.TemporaryDirectory(prefix="bench-") as home, screen.status("starting") as status:
        async with open_stage(Path(home), size, status.update) as stage:
            for name, measure in PARTS.items():
                if only not in (None, name):
                    continue
                busy, ours = machine_seconds(), our_seconds(stage.mongo_pid)
                try:
                    figures = await measure(stage)
                except Exception:  # noqa: BLE001 - what the other parts found is kept
                    screen.print_exception()
                    failed.append(name)
                    continue
                now = machine_seconds()
                others = now[0] - busy[0] - (our_seconds(stage.mongo_pid) - ours)
                share = max(0.0, others) / (now[1] - busy[1])
                figures.append(Figure(name=OTHERS, value=share, unit="%", note="of the machine"))
                found.append((name, figures))
            notes = stage.notes
    return found, failed, notes


def main() -> None:
    """Read the arguments and run."""
    words = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    words.add_argument("--quick", action="store_true", help="smaller and rougher: a minute and a half at most")
    words.add_argument("--only", choices=sorted(PARTS), help="one part")
    words.add_argument("--json", type=Path, help="where to write the figures")
    chosen = words.parse_args()
    screen = Console()
    began = time.monotonic()
    parts, failed, notes = uvloop.run(run(QUICK if chosen.quick else FULL, chosen.only, screen))
    screen.print(
        f"\nServer, mongod and load generator share {os.cpu_count()} cores; rounds of all rungs take turns.",
        style="dim",
    )
    show(screen, parts)
    noisy = [name for name, figures in parts if any(each.name == OTHERS and each.value > QUIET for each in figures)]
    if noisy:
        screen.print(
            f"[bold yellow]Not conclusive, neither ok nor over: other work used more than {QUIET:.0%} of the machine "
            f"during {', '.join(noisy)}. Measure again when it is quiet."
        )
    seconds = time.monotonic() - began
    screen.print(f"{seconds:.0f} s in all; what each figure means: docs/benchmarks.md", style="dim")
    if chosen.json:
        write(
            chosen.json,
            parts,
            {
                "quick": chosen.quick,
                "cores": os.cpu_count(),
                "seconds": round(seconds),
                "failed": failed,
                "notes": notes,
            },
        )
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
