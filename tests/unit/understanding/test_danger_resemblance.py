"""The second look at wordings that no phrase foresaw."""

import pytest

from tests.corpus.danger_weights import FILE, written
from tests.corpus.dangers import found, shipped_rules
from wxbot.understanding.danger import DangerRule, find_danger
from wxbot.understanding.danger_resemblance import LONGEST, features, most_like
from wxbot.understanding.message import normalise

WEIGHED = DangerRule(id="like", name="像是不适", weights={"红": 30, "吐": 30, "的红": 10}, least=50, unless=("红酒",))
PHRASED = DangerRule(id="said", words=("流血",))


def test_the_shipped_weights_are_those_of_the_corpus() -> None:
    assert FILE.read_text("utf-8") == written()


def test_weights_are_asked_where_no_phrase_fits_and_name_their_rule() -> None:
    danger = find_danger(normalise("吐出来的红的东西"), (PHRASED, WEIGHED))
    assert danger is not None
    assert danger.rules == ("like",)
    assert danger.evidence[0].rule == "danger.like"
    assert danger.evidence[0].meaning == "像是不适"
    both = find_danger(normalise("一直流血，吐出来的红的"), (PHRASED, WEIGHED))
    assert both is not None
    assert both.rules == ("said",)


def test_what_a_phrase_found_denied_needs_more_and_unless_takes_it_away() -> None:
    assert find_danger(normalise("没流血，吐出来的红的"), (PHRASED, WEIGHED)) is None
    assert find_danger(normalise("吐出来的红的是红酒"), (PHRASED, WEIGHED)) is None


def test_in_a_long_message_each_sentence_is_weighed_alone() -> None:
    weights, filler = {"红": 30, "吐": 30, "约": -100}, "想约一个时间"
    text = f"{filler * 12}。吐出来都是红的"
    assert len(text) > LONGEST
    like = most_like(normalise(text).text, weights, 50)
    assert like is not None
    assert like.score > 0
    assert most_like("红", weights, 0) is None


def test_features_come_once_without_marks() -> None:
    assert features("红,红!") == ("红", "红红")


@pytest.mark.parametrize("words", ["拔完牙回家路上一直流", "约个周五的洗牙", "疼", "a" * 5_000, "。！？" * 300])
def test_reading_twice_is_the_same(words: str) -> None:
    assert found(words) == found(words)


def test_without_the_weights_the_phrases_still_count() -> None:
    phrases = tuple(rule for rule in shipped_rules() if not rule.weights)
    assert len(phrases) < len(shipped_rules())
    assert find_danger(normalise("一直流血"), phrases) is not None
