"""Kappas against values worked out by hand."""

import pytest

from wxbot.conversations.evaluation.agreement import cohen_kappa, fleiss_kappa, in_words, kappa


def test_cohens_kappa_of_a_table_that_was_worked_out_by_hand() -> None:
    """20 both yes, 5 yes/no, 10 no/yes, 15 both no: observed 0.7, by chance 0.5·0.6 + 0.5·0.4 = 0.5, κ = 0.2 ÷ 0.5."""
    one = ["yes"] * 25 + ["no"] * 25
    other = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert cohen_kappa(one, other) == pytest.approx(0.4)
    assert cohen_kappa(other, one) == pytest.approx(0.4)


def test_cohens_kappa_of_nine_items() -> None:
    """By chance (7·6 + 1·2 + 1·1) ÷ 81 = 5/9. Eight of nine agree: κ = 3/9 ÷ 4/9; six of nine: κ = 1/9 ÷ 4/9."""
    one = [0, 0, 0, 0, 0, 0, 0, 1, 2]
    assert cohen_kappa(one, [0, 0, 0, 0, 0, 0, 1, 1, 2]) == pytest.approx(0.75)
    assert cohen_kappa(one, [0, 0, 0, 0, 0, 1, 1, 0, 2]) == pytest.approx(0.25)


FLEISS = (  # ten subjects, fourteen raters, five categories: P̄ = 0.378, P̄e = 0.213, κ = 0.210
    (0, 0, 0, 0, 14),
    (0, 2, 6, 4, 2),
    (0, 0, 3, 5, 6),
    (0, 3, 9, 2, 0),
    (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0),
    (3, 2, 6, 3, 0),
    (2, 5, 3, 2, 2),
    (6, 5, 2, 1, 0),
    (0, 2, 2, 3, 7),
)


def test_fleiss_kappa_of_the_known_table() -> None:
    subjects = [[level for level, count in enumerate(row) for _ in range(count)] for row in FLEISS]
    value = fleiss_kappa(subjects)
    assert value is not None
    assert round(value, 3) == 0.210


def test_fleiss_kappa_of_a_small_table_that_was_worked_out_by_hand() -> None:
    """P̄ = (1 + 1/3 + 1) ÷ 3 = 7/9; P̄e = (5/9)² + (4/9)² = 41/81; κ = (63 − 41) ÷ (81 − 41)."""
    assert fleiss_kappa([(0, 0, 0), (0, 0, 1), (1, 1, 1)]) == pytest.approx(0.55)


def test_full_agreement_is_one_and_what_cannot_be_told_is_none() -> None:
    assert cohen_kappa([0, 1, 2], [0, 1, 2]) == pytest.approx(1)
    assert fleiss_kappa([(0, 0, 0), (1, 1, 1)]) == pytest.approx(1)
    assert cohen_kappa([0, 0], [0, 0]) is None
    assert fleiss_kappa([(0, 0, 0)]) is None
    assert cohen_kappa([], []) is None
    assert fleiss_kappa([]) is None


def test_less_than_chance_is_negative() -> None:
    assert cohen_kappa([0, 1], [1, 0]) == pytest.approx(-1)


def test_two_raters_are_cohens_and_three_are_fleiss() -> None:
    two = [[0, 0, 1, 2], [0, 1, 1, 2]]
    assert kappa(two) == cohen_kappa(*two)
    three = [*two, [0, 0, 1, 1]]
    assert kappa(three) == fleiss_kappa([(0, 0, 0), (0, 1, 0), (1, 1, 1), (2, 2, 1)])


def test_raters_who_judged_different_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="every subject"):
        cohen_kappa([0], [0, 1])
    for subjects in ([[0]], [[0, 1], [0]]):
        with pytest.raises(ValueError, match="same number"):
            fleiss_kappa(subjects)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "完全一致"),
        (1.0, "几乎完全一致"),
        (0.8, "几乎完全一致"),
        (0.79, "高度一致"),
        (0.4, "中等一致"),
        (0.2, "一致性一般"),
        (0.19, "一致性低"),
        (-1.0, "一致性低"),
    ],
)
def test_a_kappa_in_words(value: float | None, words: str) -> None:
    assert in_words(value) == words
