"""`python -m tests.corpus.danger_weights`: fit the weights of config/dangers/resembling.toml to the corpora.

A logistic regression on `danger_resemblance.features`, fitted to what no rule was tuned to hold out: seven in ten of
dangers.txt, and of sentences about appointments, questions, courtesies, stops and persons that no phrase calls danger.
"""

import math
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.corpus import Sentence, sentences
from tests.corpus.dangers import shipped_rules
from wxbot.understanding.danger import find_danger
from wxbot.understanding.danger_resemblance import features
from wxbot.understanding.message import normalise

FILE = Path(__file__).parents[2] / "config" / "dangers" / "resembling.toml"
OTHERS = ("appointments", "questions", "courtesies", "stops", "persons")  # corpora of what is no danger
ROUNDS = 12
RATE = 0.3
SHRINKING = 0.0003
SLIGHTEST = 0.2  # weights below it are left out
CENTS = 100  # weights are written as hundredths
LEAST = 0.2  # the log-odds above which it is danger

Example = tuple[tuple[str, ...], int]


def examples(*, held_out: bool) -> list[Example]:
    """The features of each sentence of that part, and 1 for danger, 0 for none."""
    phrases = tuple(rule for rule in shipped_rules() if not rule.weights)

    def of(each: Sentence) -> tuple[str, ...]:
        return features(normalise(each.text).text)

    told = [(of(each), int("danger" in each.flags)) for each in sentences("dangers") if each.held_out is held_out]
    others = [each for name in OTHERS for each in sentences(name) if each.held_out is held_out]
    return told + [(of(each), 0) for each in others if find_danger(normalise(each.text), phrases) is None]


def fitted(known: Sequence[Example]) -> tuple[Mapping[str, int], int]:
    """The weights, and the sum above which it is danger; the same for the same examples."""
    weights: defaultdict[str, float] = defaultdict(float)
    bias, order, known = 0.0, random.Random(1), list(known)
    for turn in range(ROUNDS):
        order.shuffle(known)
        rate = RATE / (1 + turn * 0.3)
        for found, danger in known:
            if not found:
                continue
            score = bias + sum(weights[each] for each in found)
            step = (danger - 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))) * rate
            bias += step * 0.2
            for each in found:
                weights[each] += step / math.sqrt(len(found)) - rate * SHRINKING * weights[each]
    kept = {each: round(weight * CENTS) for each, weight in sorted(weights.items()) if abs(weight) >= SLIGHTEST}
    return kept, round((LEAST - bias) * CENTS)


def written() -> str:
    """The file with the weights of the examples that are not held out; what stands above `least` stays."""
    head = FILE.read_text("utf-8").partition("least = ")[0]
    weights, least = fitted(examples(held_out=False))
    lines = [f'"{each}" = {weight}' for each, weight in weights.items()]
    return f"{head}least = {least}\n\n[rules.weights]\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), "utf-8")
