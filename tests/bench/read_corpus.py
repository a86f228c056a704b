"""A process that loads the reader and reads every sentence of the corpus: `python -m tests.bench.read_corpus`.

Writes `Readings` as JSON on stdout. Nothing was read before, so nothing is remembered from an earlier reading.
"""

import gc
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from lunar_python import Lunar

from config.content import load_content
from config.settings import Settings
from wxbot.pinyin import syllable_of

from .processes import memory_mb

LONGEST = 2_000  # characters
WARM_UP = (
    "你好",
    "我想约礼拜天上午九点一刻洗牙",
    "下周的号能不能推迟三天",
    "上个月拔的牙还有点肿",
)  # not of the corpus


@dataclass(frozen=True, kw_only=True)
class Readings:
    """Milliseconds of each reading, in the order of the corpus; resident memory in MB; seconds of loading."""

    sentences: list[float]
    long_texts: list[float]
    before_mb: float
    after_mb: float
    load_seconds: float


def long_texts(texts: list[str]) -> list[str]:
    """Texts of 2,000 characters: sentences pasted together, the same one again and again, marks and digits only."""
    pasted = "，".join(texts)
    starts = range(0, len(pasted) - LONGEST, LONGEST)
    repeated = [(text * LONGEST)[:LONGEST] for text in ("三点有事", "明天", "1 ", "😀", "不约", "12月")]
    return [*(pasted[start : start + LONGEST] for start in starts), *repeated]


def read_all() -> Readings:
    """Load and read. The memory before is with what the service holds anyway: files, pinyin, the lunar calendar."""
    Lunar.fromYmd(2026, 1, 1)
    syllable_of("约")
    load_content(Settings.model_construct().config_dir)
    before, began = memory_mb(os.getpid()), time.perf_counter()
    # imported here: what they take is measured
    from tests.corpus import sentences  # noqa: PLC0415
    from tests.corpus.reading import context  # noqa: PLC0415
    from wxbot.understanding.reader import read  # noqa: PLC0415

    for text in WARM_UP:
        read(text, context())
    loaded, after = time.perf_counter() - began, memory_mb(os.getpid())
    corpus = [
        each for path in sorted((Path(__file__).parents[1] / "corpus").glob("*.txt")) for each in sentences(path.stem)
    ]
    asked = [(each.text, context(each.values.get("asked", ""))) for each in corpus]
    gc.collect()
    gc.freeze()
    taken = []
    for text, where in [*asked, *((text, context()) for text in long_texts([text for text, _ in asked]))]:
        started = time.perf_counter()
        read(text, where)
        taken.append((time.perf_counter() - started) * 1000)
    return Readings(
        sentences=taken[: len(asked)],
        long_texts=taken[len(asked) :],
        before_mb=before,
        after_mb=after,
        load_seconds=loaded,
    )


if __name__ == "__main__":
    json.dump(asdict(read_all()), sys.stdout)
