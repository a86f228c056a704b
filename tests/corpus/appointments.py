"""Whether a reading of a sentence about appointments is the expected one, and the figures over all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from tests.corpus import Sentence, sentences
from tests.corpus.particulars import expected_particulars, matches, particulars
from tests.corpus.reading import reading_of
from wxbot.understanding.models import Doubt, Intent, Reading

NAME = "appointments"
ACTING = frozenset({Intent.BOOK, Intent.MOVE, Intent.CANCEL, Intent.DETAILS})  # what a sure reading of does something
UNMINDED = frozenset({Intent.FREE_HOURS, Intent.LATE, Intent.CANCEL, Intent.APPOINTMENTS})  # need not be sure
LEADING_TO_HOURS = frozenset({Intent.BOOK, Intent.DETAILS})
NOT_PARTICULARS = frozenset({"asked", "doubt", "others"})


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What one line says. `must_ask`: nothing may be done; `may_ask`: asking is as right as these particulars."""

    intents: frozenset[Intent]  # any of them; empty: not judged
    must_ask: bool
    may_ask: bool
    particulars: dict[str, str]
    doubt: Doubt | None
    others: frozenset[Intent]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """How a reading compares with its expectation. `faults` are for people; without one the slots are right."""

    sentence: Sentence
    reading: Reading
    faults: tuple[str, ...]
    intent_right: bool | None  # None: the line expects no certain intent
    wrong_booking: bool

    @property
    def right(self) -> bool:
        """Whether every particular is right, and the reading is sure or in doubt as it must be."""
        return not self.faults


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Shares from 0 to 1 over `sentences` sentences, and how many readings would have done something wrong."""

    sentences: int
    right_slots: float
    right_intent: float
    wrong_bookings: int


def expectation(sentence: Sentence) -> Expectation:
    """What the line says. Raises ValueError, with the number of the line, for what is not in the language."""
    flags = list(sentence.flags)
    must_ask, may_ask = "ask" in flags, "may" in flags
    words = [flag for flag in flags if flag.replace("/", "").replace("_", "").isalpha() and flag not in {"ask", "may"}]
    values = {key: value for key, value in sentence.values.items() if key not in NOT_PARTICULARS}
    try:
        intents = frozenset(Intent(each) for word in words for each in word.split("/"))
        if len(words) > 1 or (not words and not must_ask) or (must_ask and may_ask):
            raise ValueError("one intent, or `ask`")  # noqa: TRY301 - told with the line, as the others
        return Expectation(
            intents=intents,
            must_ask=must_ask,
            may_ask=may_ask,
            particulars=expected_particulars((flag for flag in flags if flag not in {*words, "ask", "may"}), values),
            doubt=Doubt(sentence.values["doubt"]) if "doubt" in sentence.values else None,
            others=frozenset(Intent(each) for each in sentence.values.get("others", "").split("+") if each),
        )
    except ValueError as error:
        raise ValueError(f"{NAME}.txt:{sentence.line}: {error}") from error


def judge(sentence: Sentence, reading: Reading) -> Judgement:
    """Compare a reading with what its line says."""
    expected, said = expectation(sentence), particulars(reading)
    acts = reading.sure and reading.intent in ACTING
    named = expected.particulars
    keys = named.keys() if expected.must_ask else named.keys() | said.keys()
    wrong = [key for key in sorted(keys) if not matches(key, said.get(key), named.get(key))]
    faults = [f"{key} is {said.get(key)}, not {named.get(key)}" for key in wrong]
    if expected.may_ask and not reading.sure:
        faults = []
    if expected.must_ask:
        faults += ["acts without asking"] * acts
    elif not (reading.sure or expected.may_ask or expected.intents & UNMINDED):
        faults.append(f"in doubt: {', '.join([*(each.value for each in reading.doubts), *reading.leftover])}")
    if expected.doubt is not None and expected.doubt not in reading.doubts:
        faults.append(f"without doubt of {expected.doubt.value}")
    if not expected.others <= set(reading.others):
        faults.append("without the other intents")
    return Judgement(
        sentence=sentence,
        reading=reading,
        faults=tuple(faults),
        intent_right=reading.intent in expected.intents if expected.intents else None,
        wrong_booking=acts and (expected.must_ask or bool(wrong) or not _as_good(reading.intent, expected.intents)),
    )


def _as_good(intent: Intent, expected: frozenset[Intent]) -> bool:
    """Whether acting on that intent does no harm: who asks for free hours may be led through a booking to them."""
    return intent in expected or (intent in LEADING_TO_HOURS and Intent.FREE_HOURS in expected)


@cache
def judgements() -> tuple[Judgement, ...]:
    """Every sentence of the corpus, read and judged."""
    return tuple(judge(sentence, reading_of(sentence)) for sentence in sentences(NAME))


def part(*, held_out: bool) -> list[Judgement]:
    """Those that rules are written against, or those that are held out."""
    return [each for each in judgements() if each.sentence.held_out is held_out]


def misread(held_out: bool) -> list[Judgement]:
    """Those of that part whose particulars or intent are wrong."""
    return [each for each in part(held_out=held_out) if not each.right or each.intent_right is False]


def figures(judged: Sequence[Judgement]) -> Figures:
    """The figures over some sentences. Intents are counted where one is expected."""
    intents = [each.intent_right for each in judged if each.intent_right is not None]
    return Figures(
        sentences=len(judged),
        right_slots=_share(each.right for each in judged),
        right_intent=_share(intents),
        wrong_bookings=sum(each.wrong_booking for each in judged),
    )


def _share(values: Iterable[bool]) -> float:
    counted = list(values)
    return sum(counted) / len(counted) if counted else 1.0
