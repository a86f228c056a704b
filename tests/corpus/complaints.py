"""How the sentences of complaints.txt are read by the shipped rules."""

from dataclasses import dataclass

from tests.corpus import Sentence, sentences
from tests.corpus.dangers import shipped_complaints
from wxbot.understanding.complaints import find_complaint
from wxbot.understanding.message import normalise


def is_complaint(text: str) -> bool:
    """Whether a rule of config/complaints.toml matches."""
    return bool(find_complaint(normalise(text), shipped_complaints()))


@dataclass(frozen=True)
class Figures:
    """Of one part of the corpus: shares between 0 and 1."""

    complaints: int
    others: int
    recall: float
    false_alarms: float


def figures(*, held_out: bool) -> Figures:
    """The figures of the sentences that are held out, or of the others."""
    part = [each for each in sentences("complaints") if each.held_out is held_out]
    complaints = [each.text for each in part if "complaint" in each.flags]
    others = [each.text for each in part if "complaint" not in each.flags]
    return Figures(
        complaints=len(complaints),
        others=len(others),
        recall=sum(map(is_complaint, complaints)) / len(complaints),
        false_alarms=sum(map(is_complaint, others)) / len(others),
    )


def misread(held_out: bool) -> list[Sentence]:
    """The sentences that are read otherwise than expected."""
    part = [each for each in sentences("complaints") if each.held_out is held_out]
    return [each for each in part if is_complaint(each.text) != ("complaint" in each.flags)]
