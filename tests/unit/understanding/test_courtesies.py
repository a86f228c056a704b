"""Greetings, thanks and good news, by the corpus; what is more than a courtesy never passes for one."""

import pytest

from tests.corpus import sentences
from tests.corpus.courtesies import misread

WRONG = 0.08  # of those that rules were not written for


@pytest.mark.parametrize("held_out", [False, True])
def test_what_holds_more_than_a_courtesy_is_none(held_out: bool) -> None:
    taken = [(each.text, found) for each, found in misread(held_out) if each.flags[0] == "none"]
    assert taken == []


@pytest.mark.parametrize(("held_out", "share"), [(False, 0.0), (True, WRONG)])
def test_courtesies_are_read_as_what_they_are(held_out: bool, share: float) -> None:
    part = [each for each in sentences("courtesies") if each.held_out is held_out]
    wrong = misread(held_out)
    assert len(wrong) <= share * len(part), wrong
