"""What the service does not load: each of these holds megabytes and is wanted by few processes, or for few minutes."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.every import every

ROOT = Path(__file__).resolve().parents[2]
NOT_LOADED = {
    "pypinyin.phrases_dict": "40 MB, for the pinyin of titles and for words of the same sound",
    "openpyxl": "5 MB, to write and read workbooks",
    "numpy": "15 MB, which openpyxl and jionlp ask for",
    "jiojio": "a segmenter that jionlp loads beside what reads dates",
    "av": "20 MB, for the process that decodes what patients sent",
    "zxcvbn": "13 MB, for new passwords",
    "PIL": "for the process that decodes what patients sent",
}
READS = """
import json, sys
import wxbot.cli, wxbot.app, wxbot.wiring.services
from datetime import date
from tests.corpus.reading import shipped_vocabulary
from tests.unit.canned_replies.test_searching import REPLIES
from wxbot.understanding.reader import read
from wxbot.understanding import message, second_opinion
from wxbot.understanding.vocabulary import ReadingContext
message.warm_up(), second_opinion.warm_up()
context = ReadingContext(today=date(2026, 11, 20), vocabulary=shipped_vocabulary())
assert [read(text, context).intent for text in ("我想约下周三下午三点洗牙", "拔牙后流学不止")] == ["book", "danger"]
assert REPLIES[0].title == "请稍等"
print(json.dumps(sorted(sys.modules)))
"""
"""A service as it is put together, with canned replies, and messages that are read for days, sounds and questions."""


@cache
def _loaded() -> frozenset[str]:
    told = subprocess.check_output([sys.executable, "-c", READS], cwd=ROOT, text=True)  # noqa: S603 - our own words
    return frozenset(json.loads(told.splitlines()[-1]))


@every("module", NOT_LOADED)
def test_a_service_that_reads_messages_loads_nothing_of_it(module: str) -> None:
    assert module not in _loaded()


def test_dates_have_their_second_opinion_all_the_same() -> None:
    assert "jionlp.gadget.time_parser" in _loaded()
