"""Everything a reading needs to know of the clinic, at one moment."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from wxbot.clinic.models import Clinic, Practitioner
from wxbot.understanding.complaints import ComplaintRule
from wxbot.understanding.danger import DangerRule
from wxbot.understanding.questions import FrequentQuestion, QuestionIndex, Synonyms
from wxbot.understanding.words import WordLists

HONORIFICS = ("医生", "大夫", "医师", "主任", "院长", "教授", "老师")


MOST_SIGNS_OF_ONE = 2  # of a whole name; a given name of one sign is too short to go by


@dataclass(frozen=True, kw_only=True)
class Named:
    """A visit type or a practitioner: their id and every name that patients use for them."""

    id: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ReadingRules:
    """What only the clinic's files say of how words are read."""

    dangers: tuple[DangerRule, ...] = ()
    complaints: tuple[ComplaintRule, ...] = ()
    synonyms: tuple[Synonyms, ...] = ()  # for comparing questions
    unanswered: tuple[str, ...] = ()  # words of subjects on which no question is answered
    unanswered_ways: tuple[str, ...] = ()  # messages that no answer fits, though some are near


@dataclass(frozen=True, kw_only=True, eq=False)
class Vocabulary:
    """One value per state of the clinic; what is compiled from it is kept on it, so it is compared by identity."""

    visit_types: tuple[Named, ...] = ()
    practitioners: tuple[Named, ...] = ()
    words: WordLists = field(default_factory=WordLists)
    questions: tuple[FrequentQuestion, ...] = ()
    rules: ReadingRules = field(default_factory=ReadingRules)

    @cached_property
    def question_index(self) -> QuestionIndex:
        """The frequent questions, compiled."""
        names = {each.id: each.names for each in self.visit_types}
        return QuestionIndex(
            self.questions, names, self.rules.synonyms, self.rules.unanswered, self.rules.unanswered_ways
        )


@dataclass(frozen=True, kw_only=True)
class ReadingContext:
    """What the words are read against. `question` is the dialogue and step that is open, e.g. `booking.day`."""

    today: date  # by the clinic's clock
    vocabulary: Vocabulary
    horizon_days: int = 30  # how far ahead a patient may book
    question: str = ""


def vocabulary_of(
    clinic: Clinic,
    words: WordLists,
    questions: tuple[FrequentQuestion, ...] = (),
    rules: ReadingRules | None = None,
) -> Vocabulary:
    """The vocabulary of a clinic: what is retired or offered by nobody is not named."""
    return Vocabulary(
        visit_types=tuple(
            Named(id=kind.id, names=(kind.name, *kind.also))
            for kind in clinic.visit_types
            if clinic.who_offers(kind.id)
        ),
        practitioners=tuple(
            Named(id=person.id, names=names_of(person)) for person in clinic.practitioners if not person.retired
        ),
        words=words,
        questions=questions,
        rules=rules or ReadingRules(),
    )


def names_of(practitioner: Practitioner) -> tuple[str, ...]:
    """周明远, 周明远医生, by family name and title: 周医生, 周主任, 小周医生; by given name and title: 明远医生."""
    bare = practitioner.name
    for honorific in HONORIFICS:
        bare = bare.removesuffix(honorific)
    family = bare[:1]
    called = (bare, family, f"小{family}", f"老{family}", *((bare[1:],) if len(bare) > MOST_SIGNS_OF_ONE else ()))
    titled = (f"{part}{honorific}" for part in called for honorific in HONORIFICS)
    return tuple(dict.fromkeys((bare, practitioner.name, *titled)))
