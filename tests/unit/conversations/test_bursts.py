"""患者可能还在输入: two lines in a row and near each other, until nothing more came (A2-80)."""

from datetime import timedelta

import pytest

from tests.unit.conversations.talks import talk
from wxbot.conversations.reading.bursts import BETWEEN, QUIET, writes_on

NEAR = int(BETWEEN.total_seconds())
WAITS = timedelta(seconds=3)


@pytest.mark.parametrize(
    ("said", "goes_on"),
    [
        ([("p", "我牙疼"), ("p", "左边的", NEAR)], True),
        ([("p", "我牙疼"), ("p", "左边的", NEAR + 1)], False),  # two thoughts
        ([("p", "我牙疼")], False),  # one line says nothing
        ([("p", "我牙疼"), ("a", "您好，哪一颗？", 2), ("p", "左边的", 2)], False),  # an answer, not the next line
        ([("p", "我牙疼"), ("p", "左边的", 2), ("a", "您好", 1)], False),  # answered already
        ([("p", "我牙疼"), ("b", "我们在，稍后回复您。", 0), ("p", "左边的", 3)], True),  # the bot interrupts nothing
        ([("p", "[关注]"), ("p", "我牙疼", 3)], False),  # a tap is no line
        ([("p", "我牙疼"), ("p", "", 3)], False),
        ([], False),
    ],
)
def test_lines_near_each_other_go_on(said: list[tuple[str, str] | tuple[str, str, int]], goes_on: bool) -> None:
    lines = talk(*said)
    now = lines[-1].at + WAITS if lines else talk(("p", "好"))[0].at
    assert writes_on(lines, now) == (QUIET - WAITS if goes_on else timedelta(0))


@pytest.mark.parametrize(("after", "left"), [(0, 10), (9, 1), (10, 0), (600, 0), (-1, 0)])
def test_it_ends_when_nothing_more_came(after: int, left: int) -> None:
    lines = talk(("p", "我牙疼"), ("p", "左边的", 4))
    assert writes_on(lines, lines[-1].at + timedelta(seconds=after)) == timedelta(seconds=left)
