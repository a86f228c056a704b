"""How far raters agree beyond chance: Cohen's kappa for two, Fleiss' kappa for more. Pure."""

from collections import Counter
from collections.abc import Hashable, Sequence

TWO = 2
WORDS = ((0.8, "几乎完全一致"), (0.6, "高度一致"), (0.4, "中等一致"), (0.2, "一致性一般"), (float("-inf"), "一致性低"))


def cohen_kappa(one: Sequence[Hashable], other: Sequence[Hashable]) -> float | None:
    """Cohen's kappa of two raters who judged the same subjects in the same order.

    1 is full agreement, 0 what chance gives. None where it is not defined: no subjects, or both always said the same
    one thing. Raises ValueError where they judged different numbers of subjects.
    """
    if len(one) != len(other):
        raise ValueError("both raters judge every subject")
    number = len(one)
    if number == 0:
        return None
    observed = sum(a == b for a, b in zip(one, other, strict=True)) / number
    first, second = Counter(one), Counter(other)
    chance = sum(first[each] * second[each] for each in first) / number**2
    return None if chance == 1 else (observed - chance) / (1 - chance)


def fleiss_kappa(subjects: Sequence[Sequence[Hashable]]) -> float | None:
    """Fleiss' kappa of subjects, each with the judgements of as many raters, in any order.

    None where it is not defined: no subjects, or everybody always said the same one thing. Raises ValueError for fewer
    than two judgements of a subject, or different numbers of them.
    """
    if not subjects:
        return None
    raters = len(subjects[0])
    if raters < TWO or any(len(each) != raters for each in subjects):
        raise ValueError("every subject is judged by the same number of raters, two at least")
    counts = [Counter(each) for each in subjects]
    pairs = raters * (raters - 1)
    observed = sum(sum(n * (n - 1) for n in each.values()) / pairs for each in counts) / len(counts)
    totals = sum(counts, Counter())
    chance = sum((n / (raters * len(counts))) ** 2 for n in totals.values())
    return None if chance == 1 else (observed - chance) / (1 - chance)


def kappa(judgements: Sequence[Sequence[Hashable]]) -> float | None:
    """The kappa that fits the number of raters; one sequence per rater, subjects in the same order."""
    if len(judgements) == TWO:
        return cohen_kappa(judgements[0], judgements[1])
    return fleiss_kappa(list(zip(*judgements, strict=True)))


def in_words(value: float | None) -> str:
    """What a kappa means, as is usual (Landis and Koch); where it is not defined all said the same."""
    if value is None:
        return "完全一致"
    return next(words for least, words in WORDS if value >= least)
