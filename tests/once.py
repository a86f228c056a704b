"""Work that comes to the same in every test, done once per process instead of once per clinic that a test opens.

The shipped configuration is read, the lexicon made ready, the converters of documents and the indexes of a collection
made once; passwords are hashed with parameters that cost next to nothing. What is compiled for reading messages and for
checking replies is shared while it is the same, and so are the compiled pages of the console. Configurations of a
test's own are read each time.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import cache, partial
from types import CodeType
from typing import Any, TypeVar

import aiohttp_jinja2
from argon2.profiles import CHEAPEST
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from config.content import SHIPPED
from config.settings import Settings
from wxbot import app, preparation
from wxbot.care.plans import live, seeds
from wxbot.clinic.models import Clinic
from wxbot.database import Database, Mapper, Store
from wxbot.demo import service as demo
from wxbot.installation import Installation, read_installation
from wxbot.quality import service as quality
from wxbot.quality import spoken
from wxbot.quality.matching import Matcher
from wxbot.quality.models import Entry
from wxbot.staff import passwords
from wxbot.templates import service as templates
from wxbot.understanding import reader
from wxbot.understanding.questions import FrequentQuestion
from wxbot.understanding.vocabulary import ReadingRules, Vocabulary
from wxbot.understanding.words import WordLists

T = TypeVar("T")
R = TypeVar("R")

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
def _share_indexes() -> None:
    """What a store declares of a collection that is still the same one, by its UUID, is not asked for again."""
    create = Database.create_indexes
    made: set[tuple[str, object]] = set()

    async def made_before(self: Database, stores: Iterable[Store]) -> None:
        declared = [(store, {index.collection for index in store.INDEXES}) for store in stores]
        there = await _uuids(self)
        missing = [store for store, names in declared if not made.issuperset(_made(store, names, there))]
        if missing:
            await create(self, missing)
            there = await _uuids(self)
            for store, names in declared:
                made.update(_made(store, names, there))

    Database.create_indexes = made_before  # type: ignore[method-assign]


def _made(store: Store, names: Iterable[str], there: Mapping[str, object]) -> set[tuple[str, object]]:
    of = store if isinstance(store, type) else type(store)
    return {(of.__qualname__, there.get(name)) for name in names}


async def _uuids(database: Database) -> dict[str, object]:
    """The UUID of each collection: one that is dropped and made again has another."""
    listed = {"listCollections": 1, "cursor": {"batchSize": 1_000}}
    answer = await database.client[database.name].command(listed)
    return {each["name"]: each["info"].get("uuid") for each in answer["cursor"]["firstBatch"]}


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


def _remembered(of: Callable[[T], R]) -> Callable[[T], R]:
    """The same for the very same object, which is held so that nothing else takes its place."""
    made: dict[int, tuple[T, R]] = {}

    def made_before(thing: T) -> R:
        if id(thing) not in made:
            made[id(thing)] = (thing, of(thing))
        return made[id(thing)][1]

    return made_before


@cache
def _matcher(lexicon: tuple[Entry, ...]) -> Matcher:
    return Matcher(lexicon)


class CompiledPages(BytecodeCache):
    """What templates are compiled to, by their place and their text."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled before."""
        bucket.code = self._made.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._made[bucket.key, bucket.checksum] = bucket.code


@cache
def share_constant_work() -> None:
    """Do so from here on; a second call does nothing."""
    _share_vocabularies()
    app.read_installation = installation_of  # type: ignore[attr-defined]
    demo.read_installation = installation_of  # type: ignore[attr-defined]
    app.leave_alone_what_start_up_made = lambda: None  # done once, by tests/conftest.py: else nothing is ever let go
    preparation.WARM_CONNECTIONS = 1  # more are opened where more is done at once
    quality.Matcher = spoken.Matcher = lambda lexicon: _matcher(tuple(lexicon))  # type: ignore[attr-defined, assignment]
    aiohttp_jinja2.setup = partial(aiohttp_jinja2.setup, bytecode_cache=CompiledPages())
    passwords.RFC_9106_LOW_MEMORY = replace(CHEAPEST, memory_cost=16)  # type: ignore[attr-defined]
    templates.digest = _remembered(templates.digest)  # type: ignore[attr-defined, assignment]
    seeds.digest = live.digest = _remembered(seeds.digest)  # type: ignore[attr-defined, assignment]
    re._MAXCACHE = 5_000  # type: ignore[attr-defined]  # the addresses of a clinic are more than it keeps
    _share_mappers()
    _share_indexes()
