"""Who wants a person, who is angry at us: over the corpus, and the near misses one by one."""

import time
from collections import Counter

import pytest

from config.content import load_content
from tests.corpus import Sentence, sentences
from tests.every import every
from wxbot.understanding.message import normalise
from wxbot.understanding.models import Intent
from wxbot.understanding.requests import RequestFound, find_request
from wxbot.understanding.words import WordList, WordLists

WORDS = WordLists(tuple(WordList(**each.model_dump()) for each in load_content().words.lists))
CORPUS = sentences("persons")


def found(text: str) -> RequestFound | None:
    return find_request(normalise(text), WORDS)


def wants(text: str) -> bool:
    request = found(text)
    return request is not None and request.intent is Intent.PERSON


def angry(text: str) -> bool:
    request = found(text)
    return request is not None and request.angry


def counted(part: list[Sentence]) -> Counter[str]:
    figures: Counter[str] = Counter()
    for each in part:
        for flag, read in (("person", wants(each.text)), ("angry", angry(each.text))):
            expected = flag in each.flags
            figures[f"{flag} {'right' if read == expected else 'missed' if expected else 'false'}"] += 1
    return figures


def test_the_corpus_is_large_enough_and_says_one_thing_of_each() -> None:
    assert len([each for each in CORPUS if each.flags != ("none",)]) >= 150
    assert {flag for each in CORPUS for flag in each.flags} == {"person", "angry", "none"}
    assert len({each.text for each in CORPUS}) == len(CORPUS)


@every("each", [each for each in CORPUS if not each.held_out], named=lambda each: each.text)
def test_what_the_rules_are_written_for(each: Sentence) -> None:
    assert (wants(each.text), angry(each.text)) == ("person" in each.flags, "angry" in each.flags)


def test_of_the_held_out_ones_hardly_any_is_missed_and_hardly_any_is_false() -> None:
    part = [each for each in CORPUS if each.held_out]
    figures = counted(part)
    assert figures["person missed"] <= 0.05 * sum("person" in each.flags for each in part)
    assert figures["angry missed"] <= 0.15 * sum("angry" in each.flags for each in part)
    assert figures["person false"] + figures["angry false"] <= 0.03 * len(part)


@pytest.mark.parametrize(
    "text",
    [
        "人工种植牙多少钱",
        "人工智能看片",
        "气死我了这牙",
        "别给我打电话",
        "不用转人工了",
        "我要找周医生看牙",
        "客服态度真好",
        "先约我妈的",
        "我老妈的预约是几点",
    ],
)
def test_what_only_sounds_like_it(text: str) -> None:
    assert found(text) is None


@pytest.mark.parametrize(
    ("text", "rule"), [("转人工", "person.fetch"), ("没人回吗", "person.nobody"), ("垃圾", "angry.alone")]
)
def test_staff_can_see_why(text: str, rule: str) -> None:
    request = found(f"喂，{text}")
    assert request is not None
    evidence = request.evidence[0]
    assert evidence.rule == rule
    assert normalise(f"喂，{text}").text[evidence.start : evidence.end] == evidence.words


def test_what_the_clinic_calls_its_people_is_a_list() -> None:
    lists = tuple(
        WordList(key=each.key, name=each.name, about=each.about, words=(*each.words, "小美老师"))
        if each.key == "person.who"
        else each
        for each in WORDS.lists
    )
    asks = normalise("让小美老师联系我吧")
    assert find_request(asks, WordLists(lists)) is not None
    assert find_request(normalise("小美老师在吗"), WordLists(lists)) is not None
    assert find_request(normalise("小美老师在吗"), WORDS) is None


def test_without_any_word_list_nothing_breaks() -> None:
    assert find_request(normalise("人工"), WordLists()) is not None
    assert find_request(normalise("垃圾"), WordLists()) is None


def test_a_long_text_is_read_in_little_time() -> None:
    text = normalise("我想转人" * 500)
    find_request(text, WORDS)
    began = time.process_time()
    for _ in range(10):
        find_request(text, WORDS)
    assert (time.process_time() - began) / 10 < 0.05
