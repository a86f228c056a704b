"""What it takes to understand a message: each sentence of the corpus, texts of 2,000 characters, memory."""

import asyncio
import json
import sys

from .figures import Figure, median_of
from .processes import environment
from .read_corpus import Readings
from .stage import Stage

SECONDS = 120.0  # that one process may take


async def measure(stage: Stage) -> list[Figure]:
    """Every round is a process of its own. The quickest round of each text counts: others may use the machine too."""
    rounds = []
    for turn in range(max(3, stage.size.rounds)):
        stage.say(f"reading: round {turn + 1}")
        rounds.append(await _read(stage))
    sentences = _quickest([each.sentences for each in rounds])
    long_texts = _quickest([each.long_texts for each in rounds])
    return [
        Figure(name="sentence, p50", value=_share(sentences, 0.5), unit="ms", note=f"{len(sentences):,} sentences"),
        Figure(name="sentence, p95", value=_share(sentences, 0.95), unit="ms", goal=3, at_least=False),
        Figure(name="sentence, worst", value=sentences[-1], unit="ms"),
        Figure(
            name="2,000 characters, worst",
            value=long_texts[-1],
            unit="ms",
            goal=5,
            at_least=False,
            note=f"{len(long_texts)} texts",
        ),
        median_of("memory before the reader is loaded", [each.before_mb for each in rounds], unit="MB"),
        median_of("and after, first sentences read", [each.after_mb for each in rounds], unit="MB"),
        median_of("loading it", [each.load_seconds for each in rounds], unit="s"),
    ]


async def _read(stage: Stage) -> Readings:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.read_corpus",
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
        raise RuntimeError("the corpus was not read")
    return Readings(**json.loads(told))


def _quickest(rounds: list[list[float]]) -> list[float]:
    """The quickest round of each text, in order of time."""
    return sorted(min(taken) for taken in zip(*rounds, strict=True))


def _share(ordered: list[float], share: float) -> float:
    return ordered[int(len(ordered) * share)]
