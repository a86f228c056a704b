"""A process that checks what colleagues write: `python -m tests.bench.check_replies`.

Writes `Checks` as JSON on stdout: every clean sentence of chat and some bad ones once, each with a talk of twelve lines
before it, and texts of 600 characters, the longest that one reply holds: talk, and a few words again and again.
"""

import gc
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

CLEAN = Path(__file__).parents[1] / "unit/quality/clean_chat.txt"
LONGEST = 600  # characters
AGAIN = ("洗牙", "刘教授下周不在，", "洗牙99元，", "TMD")
TALK = 12  # lines that were said before
BAD = ("你看不懂中文吗", "洗牙给您99元", "近期有优惠哟", "TMD", "刘教授下周不在，抓紧来", "洁芽的话三十分钟")


@dataclass(frozen=True, kw_only=True)
class Checks:
    """Milliseconds of each check, in order; seconds of loading."""

    sentences: list[float]
    long_texts: list[float]
    load_seconds: float


def check_all() -> Checks:
    """Load the shipped files and check."""
    began = time.perf_counter()
    from tests.unit.quality.spoken_case import check, context  # noqa: PLC0415 - what it takes is measured

    checker = check()
    checker.findings("您好，请稍等。", context())
    loaded = time.perf_counter() - began
    lines = [line for line in CLEAN.read_text().splitlines() if line] + list(BAD)
    pasted = "".join(lines)
    long_texts = [pasted[start : start + LONGEST] for start in range(0, len(pasted) - LONGEST, LONGEST)]
    long_texts += [(each * LONGEST)[:LONGEST] for each in AGAIN]
    gc.collect()
    gc.freeze()
    taken = []
    for number, text in enumerate([*lines, *long_texts]):
        said = [lines[(number + each) % len(lines)] for each in range(TALK)]
        moment = context(patient_words=tuple(said[::2]), agent_replies=tuple(said[1::2]))
        started = time.perf_counter()
        checker.findings(text, moment)
        taken.append((time.perf_counter() - started) * 1000)
    return Checks(sentences=taken[: len(lines)], long_texts=taken[len(lines) :], load_seconds=loaded)


if __name__ == "__main__":
    json.dump(asdict(check_all()), sys.stdout)
