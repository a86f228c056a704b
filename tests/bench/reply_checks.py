"""What it takes to check a reply before it leaves: everyday sentences, bad ones, and the longest message."""

import asyncio
import json
import sys

from .check_replies import Checks
from .figures import Figure, median_of
from .processes import environment
from .stage import Stage

SECONDS = 120.0  # that one process may take
GOAL_MS = 5.0


async def measure(stage: Stage) -> list[Figure]:
    """Every round is a process of its own. The quickest round of each text counts: others may use the machine too."""
    rounds = []
    for turn in range(max(3, stage.size.rounds)):
        stage.say(f"reply checks: round {turn + 1}")
        rounds.append(await _check(stage))
    sentences = _quickest([each.sentences for each in rounds])
    long_texts = _quickest([each.long_texts for each in rounds])
    note = f"{len(sentences):,} sentences"
    return [
        Figure(name="one reply, p50", value=_share(sentences, 0.5), unit="ms", note=note),
        Figure(name="one reply, p95", value=_share(sentences, 0.95), unit="ms", goal=GOAL_MS, at_least=False),
        Figure(name="one reply, worst", value=sentences[-1], unit="ms"),
        Figure(name="600 characters, p95", value=_share(long_texts, 0.95), unit="ms", goal=GOAL_MS, at_least=False),
        median_of("loading it", [each.load_seconds for each in rounds], unit="s"),
    ]


async def _check(stage: Stage) -> Checks:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.check_replies",
        env=environment(stage.home / "code"),
        cwd=stage.home / "code",
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(SECONDS):
            told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise RuntimeError("the replies were not checked")
    return Checks(**json.loads(told))


def _quickest(rounds: list[list[float]]) -> list[float]:
    """The quickest round of each text, in order of time."""
    return sorted(min(taken) for taken in zip(*rounds, strict=True))


def _share(ordered: list[float], share: float) -> float:
    return ordered[int(len(ordered) * share)]
