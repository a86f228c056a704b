"""Everything a reading needs to know of the clinic, at one moment."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from wxbot.clinic.models import Clinic, Practitioner
from wxbot.understanding.danger import DangerRule
from wxbot.understanding.questions import FrequentQuestion, QuestionIndex, Synonyms
from wxbot.understanding.words import WordLists

HONORIFICS = ("医生", "大夫", "医师", "主任", "院长", "教授", "老师")


@dataclass(frozen=True, kw_only=True)
class Named:
    """A visit type or a practitioner: their id and every name that patients use for them."""

    id: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Vocabulary:
    """One value per state of the clinic; what is compiled from it is kept on it, so it is compared by identity."""

    visit_types: tuple[Named, ...] = ()
    practitioners: tuple[Named, ...] = ()
    words: WordLists = field(default_factory=WordLists)
    dangers: tuple[DangerRule, ...] = ()
    questions: tuple[FrequentQuestion, ...] = ()
    synonyms: tuple[Synonyms, ...] = ()  # for comparing questions
    unanswered: tuple[str, ...] = ()  # words of subjects on which no question is answered

    @cached_property
    def question_index(self) -> QuestionIndex:
        """The frequent questions, compiled."""
        names = {each.id: each.names for each in self.visit_types}
        return QuestionIndex(self.questions, names, self.synonyms, self.unanswered)


@dataclass(frozen=True, kw_only=True)
class ReadingContext:
    """What the words are read against. `question` is the dialogue and step that is open, e.g. `booking.day`."""

    today: date  # by the clinic's clock
    vocabulary: Vocabulary
    horizon_days: int = 30  # how far ahead a patient may book
    question: str = ""


def vocabulary_of(  # noqa: PLR0913, PLR0917 - one part each
    clinic: Clinic,
    words: WordLists,
    dangers: tuple[DangerRule, ...] = (),
    questions: tuple[FrequentQuestion, ...] = (),
    synonyms: tuple[Synonyms, ...] = (),
    unanswered: tuple[str, ...] = (),
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
        dangers=dangers,
        questions=questions,
        synonyms=synonyms,
        unanswered=unanswered,
    )


def names_of(practitioner: Practitioner) -> tuple[str, ...]:
    """周明远, 周明远医生, and by family name and title: 周医生, 周主任."""
    bare = practitioner.name
    for honorific in HONORIFICS:
        bare = bare.removesuffix(honorific)
    titled = (f"{part}{honorific}" for part in (bare, bare[:1]) for honorific in HONORIFICS)
    return tuple(dict.fromkeys((bare, practitioner.name, *titled)))
