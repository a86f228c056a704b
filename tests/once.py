"""Work that comes to the same in every test, done once per process instead of once per clinic that a test opens.

The shipped configuration is read, the lexicon made ready and the converters of documents made once; passwords are
hashed with parameters that cost next to nothing. What is compiled for reading messages is shared while it is the same.
Configurations of a test's own are read each time.
"""

from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

from argon2.profiles import CHEAPEST

from config.content import SHIPPED
from config.settings import Settings
from wxbot import app
from wxbot.clinic.models import Clinic
from wxbot.database import Mapper
from wxbot.demo import service as demo
from wxbot.installation import Installation, read_installation
from wxbot.quality import service as quality
from wxbot.quality.matching import Matcher
from wxbot.staff import passwords
from wxbot.understanding import reader
from wxbot.understanding.questions import FrequentQuestion
from wxbot.understanding.vocabulary import ReadingRules, Vocabulary
from wxbot.understanding.words import WordLists

MOST_VOCABULARIES = 8  # kept at a time; a test that changes its clinic leaves one more each time
_read: dict[tuple[str, bool, str], Installation] = {}


def installation_of(settings: Settings) -> Installation:
    """`read_installation`, remembered for the shipped files."""
    if settings.config_dir != SHIPPED:
        return read_installation(settings)
    what = (str(settings.timezone), settings.demo, settings.public_url)
    if what not in _read:
        _read[what] = read_installation(settings)
    found = _read[what]
    return replace(found, menu=deepcopy(found.menu))


@cache
def _share_mappers() -> None:
    """Mappers of one kind share their converter, which nobody changes."""
    make, made = Mapper.__init__, {}  # type: ignore[var-annotated]

    def made_before(self: Mapper[Any], kind: type[Any]) -> None:
        if kind in made:
            self.__dict__.update(made[kind])
        else:
            make(self, kind)
            made[kind] = dict(self.__dict__)

    Mapper.__init__ = made_before  # type: ignore[method-assign]


@cache
def _share_vocabularies() -> None:
    """Clinics with the same words, questions and rules share what is compiled from them."""
    make = reader.vocabulary_of  # type: ignore[attr-defined]
    made: dict[tuple[object, ...], tuple[Vocabulary, ReadingRules | None]] = {}

    def made_before(
        clinic: Clinic, words: WordLists, questions: tuple[FrequentQuestion, ...], rules: ReadingRules | None
    ) -> Vocabulary:
        what = (clinic, words, questions, id(rules))
        if what not in made:
            if len(made) >= MOST_VOCABULARIES:
                made.clear()
            made[what] = (make(clinic, words, questions, rules), rules)  # the rules are held, so that no id comes twice
        return made[what][0]

    reader.vocabulary_of = made_before  # type: ignore[attr-defined, assignment]


@cache
def share_constant_work() -> None:
    """Do so from here on; a second call does nothing."""
    _share_vocabularies()
    app.read_installation = installation_of  # type: ignore[attr-defined]
    demo.read_installation = installation_of  # type: ignore[attr-defined]
    quality.Matcher = cache(Matcher)  # type: ignore[attr-defined, assignment]
    passwords.RFC_9106_LOW_MEMORY = replace(CHEAPEST, memory_cost=16)  # type: ignore[attr-defined]
    _share_mappers()
