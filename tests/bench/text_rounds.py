"""Rounds of a measurement over texts: each a process of its own, whose quickest time per text counts."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from .processes import environment
from .stage import Stage

SECONDS = 120.0  # that one process may take
FEWEST = 3  # rounds


async def rounds_of(stage: Stage, name: str, module: str) -> list[Mapping[str, Any]]:
    """What `python -m module` says as JSON, once per round. Raises RuntimeError when it fails, TimeoutError."""
    rounds = []
    for turn in range(max(FEWEST, stage.size.rounds)):
        stage.say(f"{name}: round {turn + 1}")
        rounds.append(await _run(stage, module))
    return rounds


async def _run(stage: Stage, module: str) -> Mapping[str, Any]:
    code = stage.home / "code"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, env=environment(code), cwd=code, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(SECONDS):
            told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise RuntimeError(f"{module} failed")
    found: Mapping[str, Any] = json.loads(told)
    return found


def quickest(rounds: Sequence[Sequence[float]]) -> list[float]:
    """The quickest round of each text, in order of time: others may use the machine too."""
    return sorted(min(taken) for taken in zip(*rounds, strict=True))


def share_of(ordered: Sequence[float], share: float) -> float:
    """The value that so large a share is below."""
    return ordered[int(len(ordered) * share)]
