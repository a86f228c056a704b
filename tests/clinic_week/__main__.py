"""`python -m tests.clinic_week [--seed N] [--visits N]`: the week with its figures. Exits with 1 where they disagree.

They disagree where board, lists or day sheet say something else than the event log; what patients are told of their
wait may be off by `MOST_OFF` minutes at the median of those who had somebody before them.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from time import monotonic

from rich.console import Console

from tests.clinic_week.plan import Size
from tests.clinic_week.verdict import MOST_OFF, Verdict
from tests.clinic_week.week import live, open_week
from tests.processes.harness import Mongod
from wxbot.database import Database

screen = Console()


async def run(folder: Path, size: Size, seed: int) -> Verdict:
    """The whole week over a mongod of its own."""
    mongod = Mongod(folder / "mongod")
    try:
        database = Database.connect(await mongod.start(), "clinic_week")
        week, verdict = await open_week(database), Verdict()
        await live(week, size, seed, verdict.look)
        await verdict.close(week, size.days)
        database.close()
        return verdict
    finally:
        mongod.stop()


def main() -> None:
    """Read the arguments and run."""
    words = argparse.ArgumentParser(prog="python -m tests.clinic_week", description=__doc__)
    words.add_argument("--seed", type=int, default=11, help="draws the same patients")
    words.add_argument("--visits", type=int, default=Size.visits)
    chosen = words.parse_args()
    began = monotonic()
    with tempfile.TemporaryDirectory(prefix="clinic-week-") as folder:
        verdict = asyncio.run(run(Path(folder), Size(visits=chosen.visits), chosen.seed))
    for name, value in verdict.figures.items():
        screen.print(f"{name}: {value:g}", highlight=False)
    screen.print(f"disagreements with the event log: {len(verdict.faults)}")
    for sentence in verdict.faults[:20]:
        screen.print(f"  [red]✗[/] {sentence[:600]}", highlight=False)
    screen.print(f"{monotonic() - began:.0f} s in all")
    sys.exit(1 if verdict.faults or verdict.off_by > MOST_OFF else 0)


if __name__ == "__main__":
    main()
