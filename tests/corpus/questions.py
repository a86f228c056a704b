"""`python -m tests.corpus.questions`: how well frequent questions are found, and what other thresholds would do.

Sentences that are held out are counted and never shown, so that no rule is written for one of them.
"""

from dataclasses import dataclass
from statistics import quantiles
from time import perf_counter

from rich.console import Console
from rich.table import Table

from tests.corpus import Sentence, sentences
from tests.corpus.reading import reading_of, shipped_vocabulary
from wxbot.understanding.message import normalise
from wxbot.understanding.models import Intent, QuestionFound
from wxbot.understanding.questions import MARGIN, SURE


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Shares from 0 to 1: `right` of the questions, `wrong` of all sentences; `offered` are counts of 您想问的是."""

    questions: int
    others: int
    right: float
    wrong: float
    offered: int
    missed: int
    types_right: float  # of the questions that name a visit type


def part(*, held_out: bool) -> list[Sentence]:
    """The sentences of one part."""
    return [each for each in sentences("questions") if each.held_out == held_out]


def answered(found: QuestionFound | None, intent: Intent) -> str:
    """The id of the question that would be answered; empty when none would."""
    return found.ids[0] if found is not None and found.sure and intent is Intent.QUESTION else ""


def is_right(sentence: Sentence) -> bool:
    """Whether it is answered by the expected answer, or by none where none is expected."""
    reading = reading_of(sentence)
    return answered(reading.question, reading.intent) == sentence.values.get("question", "")


def misread(held_out: bool) -> list[Sentence]:
    """The sentences of one part that are answered wrongly, offered or missed."""
    return [each for each in part(held_out=held_out) if not is_right(each)]


def figures(found: list[Sentence]) -> Figures:
    """Figures of these sentences."""
    right = wrong = offered = missed = types = types_right = 0
    asked = [each for each in found if "question" in each.values]
    for each in found:
        reading = reading_of(each)
        given, wanted = answered(reading.question, reading.intent), each.values.get("question", "")
        right += bool(given) and given == wanted
        wrong += bool(given) and given != wanted
        offered += not given and reading.question is not None
        missed += bool(wanted) and not given and reading.question is None
        if "type" in each.values and given:
            types += 1
            types_right += reading.question is not None and each.values["type"] in reading.question.visit_types
    return Figures(
        questions=len(asked),
        others=len(found) - len(asked),
        right=right / len(asked),
        wrong=wrong / len(found),
        offered=offered,
        missed=missed,
        types_right=types_right / max(1, types),
    )


def main() -> None:
    """Print the figures, the thresholds around those in use, and how long a look takes."""
    screen = Console(width=140)
    table = Table(
        "questions", "asked", "others", "answered right", "wrong of all", "offered", "missed", "visit type right"
    )
    for name, held_out in (("written against", False), ("held out", True)):
        each = figures(part(held_out=held_out))
        shares = [f"{share:.1%}" for share in (each.right, each.wrong)]
        counts = [str(each.offered), str(each.missed), f"{each.types_right:.1%}"]
        table.add_row(name, str(each.questions), str(each.others), *shares, *counts)
    screen.print(table)
    screen.print(_thresholds())
    screen.print(_times())
    for sentence in misread(held_out=False):
        reading = reading_of(sentence)
        scores = (
            "" if reading.question is None else dict(zip(reading.question.ids, reading.question.scores, strict=True))
        )
        screen.print(f"{sentence.line}: {sentence.text} → {reading.intent.value} {scores}", markup=False)


def _thresholds() -> Table:
    """What other thresholds would do to the part that rules are written against. Scores do not depend on them."""
    found = [
        (each.values.get("question", ""), shipped_vocabulary().question_index.find(normalise(each.text)))
        for each in part(held_out=False)
    ]
    table = Table("sure from", "margin", "answered right", "wrong of all", title="thresholds, written against")
    questions = sum(bool(wanted) for wanted, _ in found)
    for sure in (0.56, 0.6, SURE, 0.68, 0.72, 0.76, 0.8):
        for margin in (0.0, MARGIN, 0.1):
            given = [(wanted, each.ids[0]) for wanted, each in found if each is not None and _sure(each, sure, margin)]
            right = sum(wanted == answer for wanted, answer in given)
            mark = " ←" if (sure, margin) == (SURE, MARGIN) else ""
            shares = (f"{right / questions:.1%}", f"{(len(given) - right) / len(found):.1%}{mark}")
            table.add_row(f"{sure:.2f}", f"{margin:.2f}", *shares)
    return table


def _sure(found: QuestionFound, sure: float, margin: float) -> bool:
    second = found.scores[1] if len(found.scores) > 1 else 0.0
    return found.scores[0] >= sure and found.scores[0] - second >= margin


def _times() -> str:
    index, took = shipped_vocabulary().question_index, []
    for each in sentences("questions"):
        message, begin = normalise(each.text), perf_counter()
        index.find(message)
        took.append((perf_counter() - begin) * 1000)
    return f"a look at the index: p50 {quantiles(took, n=20)[9]:.2f} ms, p95 {quantiles(took, n=20)[18]:.2f} ms"


if __name__ == "__main__":
    main()
