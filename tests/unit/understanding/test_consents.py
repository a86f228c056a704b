"""Stop, resume and doubtful stops, by the corpus and by class."""

import pytest

from tests.corpus import TODAY, sentences
from tests.corpus.stops import WORDS, misread, read_as
from tests.every import every
from wxbot.understanding.consents import find_consent
from wxbot.understanding.message import normalise
from wxbot.understanding.models import Intent
from wxbot.understanding.reader import read
from wxbot.understanding.vocabulary import ReadingContext, Vocabulary

CONTEXT = ReadingContext(today=TODAY, vocabulary=Vocabulary(words=WORDS))
OTHERS = {"none", "resume"}
LEAST = 150  # stops and near-stops that the corpus holds


def test_the_corpus_is_large_enough() -> None:
    kinds = [each.flags[0] for each in sentences("stops")]
    assert len(kinds) >= LEAST
    assert set(kinds) == {"stop", "resume", "doubtful", "none"}


@pytest.mark.parametrize("held_out", [False, True])
def test_every_stop_is_heard(held_out: bool) -> None:
    missed = [each.text for each, found in misread(held_out) if each.flags[0] == "stop" != found[0]]
    assert missed == []


@pytest.mark.parametrize("held_out", [False, True])
def test_what_is_no_stop_never_stops(held_out: bool) -> None:
    stopped = [each.text for each, found in misread(held_out) if found[0] == "stop" and each.flags[0] in OTHERS]
    assert stopped == []


@pytest.mark.parametrize(("held_out", "share"), [(False, 0.02), (True, 0.12)])
def test_the_other_kinds_are_mostly_read_as_expected(held_out: bool, share: float) -> None:
    others = [each for each in sentences("stops") if each.held_out is held_out and each.flags[0] != "stop"]
    wrong_kind = [each.text for each, found in misread(held_out) if each.flags[0] not in {"stop", found[0]}]
    assert len(wrong_kind) <= share * len(others), wrong_kind


@every("sentence", sentences("stops"), named=lambda each: each.text)
def test_the_whole_reading_says_the_same(sentence: object) -> None:
    text = sentence.text  # type: ignore[attr-defined]
    reading = read(text, CONTEXT)
    kind = read_as(text)[0]
    said = {reading.intent, *reading.others}
    expected = {"stop": Intent.STOP, "resume": Intent.RESUME}.get(kind)
    if expected is not None:
        assert expected in said
    else:
        assert said.isdisjoint({Intent.STOP, Intent.RESUME})
    assert reading.doubtful_stop is (kind == "doubtful")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("别再发了，另外我周五的预约还在吗", "我周五的预约还在吗"),
        ("退订 牙还是疼 要不要紧", "牙还是疼要不要紧"),
        ("请停止给我发消息", ""),
        ("我已经搬到外地去了以后也不会再来看牙了，所以这些消息就不用发给我了，谢谢", ""),
    ],
)
def test_what_is_wanted_beside_a_stop_is_its_rest(text: str, rest: str) -> None:
    found = find_consent(normalise(text), WORDS)
    assert found is not None
    assert (found.rest, found.alone) == (rest, not rest)
    assert read(text, CONTEXT).rest == rest


@every("sentence", [each.text for each in sentences("stops")][::7])
def test_evidence_names_its_rule_and_quotes_the_message(sentence: str) -> None:
    message = normalise(sentence)
    found = find_consent(message, WORDS)
    for each in found.evidence if found is not None else ():
        assert each.rule.startswith(("stop.", "resume.", "words."))
        assert message.text[each.start : each.end] == each.words


@pytest.mark.parametrize("sign", ["退订", "別發", "不要给我", "消息", "T"])
def test_a_very_long_text_of_stop_words_is_read(sign: str) -> None:
    text = sign * (2_000 // len(sign))
    assert find_consent(normalise(text), WORDS) == find_consent(normalise(text), WORDS)


@every("sentence", [each.text for each in sentences("courtesies")])
def test_a_courtesy_and_what_a_patient_tells_of_the_wound_are_no_stop(sentence: str) -> None:
    assert find_consent(normalise(sentence), WORDS) is None


@pytest.mark.parametrize("words", ["停", "停停停", "🛑"])
def test_stop_in_one_sign_stops_where_no_dialogue_is_open(words: str) -> None:
    assert read(words, CONTEXT).intent is Intent.STOP
    assert read("停", ReadingContext(today=TODAY, vocabulary=CONTEXT.vocabulary, question="booking.day")).intent is (
        Intent.LEAVE
    )


@pytest.mark.parametrize(
    "words", ["关闭消息免打扰", "退订了吗我这边", "不用发短信确认", "不要联系我老公，直接联系我", "麻药停不停"]
)
def test_what_only_sounds_like_a_stop_is_none(words: str) -> None:
    assert find_consent(normalise(words), WORDS) is None
