"""What it takes to check a reply before it leaves: everyday sentences, bad ones, and the longest message."""

from .check_replies import Checks
from .figures import Figure, median_of
from .stage import Stage
from .text_rounds import quickest, rounds_of, share_of

GOAL_MS = 5.0


async def measure(stage: Stage) -> list[Figure]:
    """Every round is a process of its own."""
    rounds = [Checks(**each) for each in await rounds_of(stage, "reply checks", "tests.bench.check_replies")]
    sentences = quickest([each.sentences for each in rounds])
    long_texts = quickest([each.long_texts for each in rounds])
    note = f"{len(sentences):,} sentences"
    return [
        Figure(name="one reply, p50", value=share_of(sentences, 0.5), unit="ms", note=note),
        Figure(name="one reply, p95", value=share_of(sentences, 0.95), unit="ms", goal=GOAL_MS, at_least=False),
        Figure(name="one reply, worst", value=sentences[-1], unit="ms"),
        Figure(name="600 characters, p95", value=share_of(long_texts, 0.95), unit="ms", goal=GOAL_MS, at_least=False),
        median_of("loading it", [each.load_seconds for each in rounds], unit="s"),
    ]
