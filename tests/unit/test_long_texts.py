"""What reads a text from outside, on texts far beyond what a person writes: quick, and no error but a refusal."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from config.local_hours import clock_time, special_days, weekly_blocks
from tests.corpus.reading import context
from tests.corpus.stops import WORDS
from tests.processor_time import no_longer_than
from wxbot.clinic.identifiers import identifier
from wxbot.dispatch.dialogs import choose
from wxbot.errors import ClinicError
from wxbot.logs import redact
from wxbot.patients import phones, search_keys
from wxbot.patients.birthday_words import parse_birthday
from wxbot.patients.identities import clean_identity
from wxbot.patients.imports.cells import read_birthday, read_identity, read_name, read_note, read_phone, read_tags
from wxbot.patients.imports.hiding import hidden
from wxbot.patients.names import clean_name
from wxbot.templates.keys import key_for
from wxbot.templates.models import Option
from wxbot.templates.rendering import clean, escaped
from wxbot.understanding.consents import find_consent
from wxbot.understanding.courtesies import find_courtesy
from wxbot.understanding.days import find_days
from wxbot.understanding.message import normalise
from wxbot.understanding.numerals import choice_number
from wxbot.understanding.own_details import find_own_details
from wxbot.understanding.reader import read
from wxbot.understanding.second_opinion import warm_up
from wxbot.understanding.times import find_times
from wxbot.wechat.text import cdata, fit

TODAY = date(2026, 11, 23)
LONG = 64 * 1024  # characters
LIMIT_SECONDS = 1.0  # of this process's own time; a tenth is much
OPTIONS = tuple(Option(id=str(number), label=f"第{number}项") for number in range(20))

READERS: dict[str, Callable[[str], Any]] = {
    "whole reading": lambda text: read(text, context("booking.time")),
    "choose": lambda text: choose(OPTIONS, text),
    "choose a tapped one": lambda text: choose(OPTIONS, "x", text),
    "consent": lambda text: find_consent(normalise(text), WORDS),
    "courtesy": lambda text: find_courtesy(normalise(text), WORDS),
    "normal form": normalise,
    "days of a message": lambda text: find_days(normalise(text).text, TODAY, 30),
    "times of a message": lambda text: find_times(normalise(text).text),
    "own details": lambda text: find_own_details(normalise(text), TODAY, "name"),
    "own birthday": lambda text: find_own_details(normalise(text), TODAY, "birthday"),
    "number of an entry": choice_number,
    "birthday": lambda text: parse_birthday(text, TODAY),
    "name": clean_name,
    "phone": phones.parse,
    "identity": clean_identity,
    "search": search_keys.prefixes_of,
    "import name": lambda text: read_name(text, TODAY),
    "import phone": lambda text: read_phone(text, TODAY),
    "import birthday": lambda text: read_birthday(text, TODAY),
    "import identity": lambda text: read_identity(text, TODAY),
    "import tags": lambda text: read_tags(text, TODAY),
    "import note": lambda text: read_note(text, TODAY),
    "hidden": hidden,
    "identifier": lambda text: identifier(text, ()),
    "template key": lambda text: key_for(text, frozenset()),
    "template value": lambda text: escaped(clean(text)),
    "reply": lambda text: cdata(fit(text)),
    "log": redact,
    "hours": clock_time,
    "week": weekly_blocks,
    "special days": special_days,
}
PIECES = {
    "blanks": " ",
    "digits": "9",
    "arabic digits": "٣",
    "numerals": "十",
    "letters": "a",
    "Chinese": "王",
    "了": "了",
    "expands": "ﷺ",
    "combining": "e\u0301",
    "marks": "!",
    "brackets": "[",
    "ends": "。",
    "seconds": "12:",
    "dashes": "-",
    "days": "1月1日",
    "stickers": "[玫瑰]",
    "breaks": "\n",
    "quotes": "'",
    "zero": "0",
    "emoji": "😀",
    "x": "＋86",
}
STARTS = ("", "我叫", "生日", "预约")


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """As the service does once at its start: loading is no part of reading."""
    warm_up()


@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_long_text_is_read_quickly_or_refused(read: Callable[[str], Any], piece: str) -> None:
    for start in STARTS:
        refused = ""
        with no_longer_than(LIMIT_SECONDS):
            try:
                read(start + piece * (LONG // len(piece)) + "1")
            except (ClinicError, ValueError) as error:  # what the readers of forms and files say in words
                refused = str(error)
        assert "integer string conversion" not in refused
