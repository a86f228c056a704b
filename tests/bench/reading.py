"""What it takes to understand a message: each sentence of the corpus, texts of 2,000 characters, memory."""

from .figures import Figure, median_of
from .read_corpus import Readings
from .stage import Stage
from .text_rounds import quickest, rounds_of, share_of


async def measure(stage: Stage) -> list[Figure]:
    """Every round is a process of its own."""
    rounds = [Readings(**each) for each in await rounds_of(stage, "reading", "tests.bench.read_corpus")]
    sentences = quickest([each.sentences for each in rounds])
    long_texts = quickest([each.long_texts for each in rounds])
    return [
        Figure(name="sentence, p50", value=share_of(sentences, 0.5), unit="ms", note=f"{len(sentences):,} sentences"),
        Figure(name="sentence, p95", value=share_of(sentences, 0.95), unit="ms", goal=3, at_least=False),
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
