"""What staff see of a reading: every rule in plain words, over the whole corpus."""

import pytest

from tests.corpus import sentences
from tests.corpus.reading import reading_of, shipped_vocabulary
from wxbot.understanding.explaining import explain


@pytest.mark.parametrize("file", ["appointments", "stops", "dangers", "persons", "questions", "names"])
def test_every_rule_says_in_chinese_what_it_found(file: str) -> None:
    vocabulary = shipped_vocabulary()
    bare = {
        rule
        for sentence in sentences(file)[::4]
        for rule, _, meaning in explain(reading_of(sentence), vocabulary).rules
        if not any("\u4e00" <= sign <= "\u9fff" or sign.isdigit() for sign in meaning)
    }
    assert bare == set()
