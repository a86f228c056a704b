"""The corpus of complaints: how many are heard, and how many other sentences are taken for one."""

import pytest

from tests.corpus import sentences
from tests.corpus.complaints import figures, misread

LEAST_COMPLAINTS = 80
LEAST_OTHERS = 60
LEAST_HEARD = {False: 0.95, True: 0.85}  # by whether the sentences are held out
MOST_FALSE_ALARMS = 0.05


def test_the_corpus_is_large_enough() -> None:
    complaints = [each for each in sentences("complaints") if "complaint" in each.flags]
    assert len(complaints) >= LEAST_COMPLAINTS
    assert len(sentences("complaints")) - len(complaints) >= LEAST_OTHERS


@pytest.mark.parametrize("held_out", [False, True])
def test_most_complaints_are_heard_and_few_others(held_out: bool) -> None:
    reached = figures(held_out=held_out)
    assert reached.recall >= LEAST_HEARD[held_out]
    assert reached.false_alarms <= MOST_FALSE_ALARMS


def test_nothing_that_rules_were_written_against_is_taken_for_a_complaint() -> None:
    assert [each.text for each in misread(held_out=False) if "complaint" not in each.flags] == []
