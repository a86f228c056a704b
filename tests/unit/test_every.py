"""A loop in a test says as much as a test for each case."""

import pytest

from tests.every import every


def test_every_failure_is_told_with_its_case_and_the_others_are_tried_too() -> None:
    tried = []

    @every(("number", "word"), [(1, "一"), (2, "二"), (3, "三")], named=lambda case: case[1])
    def odd(base: int, number: int, word: str) -> None:
        tried.append(word)
        assert (base + number) % 2 == 1, word

    with pytest.raises(ExceptionGroup, match="2 of 3") as told:
        odd(base=1)
    assert tried == ["一", "二", "三"]
    assert [each.__notes__ for each in told.value.exceptions] == [["number, word: 一"], ["number, word: 三"]]


def test_no_case_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="no case"):
        every("number", [])
