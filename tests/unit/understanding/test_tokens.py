"""The cover of a text by tokens, and lengths of time."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.understanding.durations import find_lateness, find_shifts, length_in
from wxbot.understanding.models import Shift
from wxbot.understanding.tokens import Kind, Token, cover, uncovered


def token(start: int, end: int, kind: Kind = Kind.FILLER) -> Token:
    return Token(kind, start, end, "test", "x" * (end - start))


def test_the_least_is_left_unread_and_long_tokens_come_before_short_ones() -> None:
    whole, head, tail, inside = token(0, 4), token(0, 2), token(2, 4), token(1, 3)

    assert cover(4, [inside, head, tail]) == (head, tail)
    assert cover(4, [inside, head, tail, whole]) == (whole,)


def test_of_two_that_cover_the_same_the_first_given_is_taken() -> None:
    first, second = token(0, 2, Kind.BOOK), token(0, 2, Kind.WISH)

    assert cover(2, [first, second]) == (first,)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 4)), max_size=12))
def test_tokens_and_gaps_are_the_whole_text_in_order(spans: list[tuple[int, int]]) -> None:
    text = "x" * 16
    tokens = cover(16, [token(start, start + length) for start, length in spans])

    pieces = sorted([*((each.start, each.end) for each in tokens), *uncovered(text, tokens)])

    assert [start for start, _ in pieces] == [0, *[end for _, end in pieces[:-1]]]
    assert pieces[-1][1] == 16


@pytest.mark.parametrize(
    ("words", "length"),
    [
        ("20分钟", timedelta(minutes=20)),
        ("二十分钟", timedelta(minutes=20)),
        ("半小时", timedelta(minutes=30)),
        ("半个钟头", timedelta(minutes=30)),
        ("一个半小时", timedelta(minutes=90)),
        ("一刻钟", timedelta(minutes=15)),
        ("两天", timedelta(days=2)),
        ("三个星期", timedelta(weeks=3)),
        ("几天", None),
        ("一个月", None),
        ("十十分钟", None),
        ("999周", None),
        ("", None),
    ],
)
def test_lengths_of_time(words: str, length: timedelta | None) -> None:
    assert length_in(words) == length


def test_changes_and_lateness_are_found_where_they_stand() -> None:
    assert next(each.shift for each in find_shifts("推迟一周")) == Shift(later=True, by=timedelta(weeks=1))
    assert [each.by for each in find_lateness("我会晚到20分钟")] == [timedelta(minutes=20)]
    assert list(find_lateness("退款几天到账")) == []


@given(st.text(alphabet="推迟晚提前早点一半二十分钟小时周到个0123456789迟到", max_size=40))
def test_any_words_of_time_are_read_without_an_error(text: str) -> None:
    list(find_shifts(text))
    list(find_lateness(text))
