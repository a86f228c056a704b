"""How the search cuts texts: every part of a text is found by what stands in it, and the marks show where."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.conversations.reading.grams import LONGEST_QUERY, folded, grams_of, marks_of, sought, words_of

CLINIC = st.text(alphabet="种植牙拔洗明天下午三点可以吗，。 ab12ＡＢ醫診預約😀", min_size=1, max_size=40)


def found(text: str, query: str) -> bool:
    """As the database finds it: each pair is a key, or a key begins with the single sign."""
    words = words_of(query)
    if not words:
        return False
    pairs, first = sought(words)
    keys = grams_of(folded(text).signs)
    return all(pair in keys for pair in pairs) if pairs else any(key.startswith(first) for key in keys)


@given(text=CLINIC, start=st.integers(0, 39), length=st.integers(1, 12))
def test_every_part_of_a_text_finds_it_and_is_marked(text: str, start: int, length: int) -> None:
    query = "".join(text[start : start + length].split())
    if not words_of(query):
        return
    assert found(text, query)
    marks = marks_of(text, words_of(query))
    assert marks
    assert all(0 <= first < last <= len(text) for first, last in marks)
    assert all(one[1] < two[0] for one, two in pairwise(marks))


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("我想预约种植牙", "种植", ["种植"]),
        ("我想預約種植牙", "预约种植", ["預約種植"]),
        ("我想预约种植牙", "種植", ["种植"]),
        ("牙", "牙", ["牙"]),
        ("牙疼得厉害，右边的牙", "牙", ["牙", "牙"]),
        ("种植，牙", "植牙", ["植，牙"]),
        ("电话１３８ 0013", "1380", ["１３８ 0"]),
        ("想做Invisalign", "ｉｎｖｉｓ", ["Invis"]),
        ("洗牙，顺便看智齿", "智齿 洗牙", ["洗牙", "智齿"]),
        ("牙牙牙", "牙牙", ["牙牙牙"]),
        ("😀牙😀", "牙", ["牙"]),
    ],
)
def test_what_is_sought_is_marked_as_it_was_written(text: str, query: str, marked: list[str]) -> None:
    assert found(text, query)
    spans = marks_of(text, words_of(query))
    assert spans is not None
    assert [text[first:last] for first, last in spans] == marked


@pytest.mark.parametrize(("text", "query"), [("拔牙", "洗牙"), ("牙植种", "种植"), ("洗牙", "洗牙 智齿")])
def test_what_is_not_there_is_not_found(text: str, query: str) -> None:
    assert marks_of(text, words_of(query)) is None


@pytest.mark.parametrize("query", ["", " ", "，。？", "😀", "\u200b"])
def test_nothing_to_look_for(query: str) -> None:
    assert words_of(query) == ()


def test_a_query_is_read_to_a_length() -> None:
    assert sum(map(len, words_of("牙" * 10_000))) == LONGEST_QUERY
    assert len(words_of(" ".join("一二三四五六七八"))) == 5
