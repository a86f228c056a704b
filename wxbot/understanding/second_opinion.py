"""A second reading of a date, by jionlp 1.5.31, where our own grammar found one.

The rule: both of its modes; for festivals and lunar days, which it reads in the calendar year of the day it is asked
on, also as asked a year before and a year after; only what is still to come counts. Ours is agreed with when one of
those readings has a day that we read. It is never asked about words in which our grammar found no day, for it finds
days where there are none (4/5G手机).
"""

import contextlib
import importlib.util
import io
import logging
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

LIBRARY = "jionlp"
LONGEST_WORDS = 24  # characters; a longer mention is none
LONGEST_SPAN_DAYS = 62
MOST_REMEMBERED = 4096
NOON = 12  # the hour it is read at: a day alone is asked for

_Parser = Callable[..., dict[str, Any]]


def warm_up() -> float:
    """Load the library and read once, so that no message waits for it (0.1 s, 4 MB); the seconds it took."""
    started = time.perf_counter()
    disagrees("明天", (date(2026, 11, 21),), date(2026, 11, 20))
    return time.perf_counter() - started


@lru_cache(maxsize=MOST_REMEMBERED)
def disagrees(words: str, days: tuple[date, ...], today: date, *, yearly: bool = False) -> bool:
    """Whether the library reads `words` as other days than any of `days`; without its opinion, False.

    `yearly`: a festival or a lunar day.
    """
    if len(words) > LONGEST_WORDS:
        return False
    opinion = False
    for first, last in _readings(words, today, yearly=yearly):
        if last < today or (last - first).days > LONGEST_SPAN_DAYS:
            continue
        opinion = True
        if any(max(first, today) <= day <= last for day in days):
            return False
    return opinion


def _readings(words: str, today: date, *, yearly: bool) -> Iterator[tuple[date, date]]:
    """What it may mean, the first and the last day of each, the likeliest first."""
    asked_on = [today]
    if yearly:
        asked_on += [day for year in (today.year - 1, today.year + 1) if (day := _in_year(today, year))]
    for base in asked_on:
        for future in (False, True):
            span = _read(words, base, future=future)
            if span is not None:
                yield span


def _in_year(day: date, year: int) -> date | None:
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 3, 1)


def _read(words: str, today: date, *, future: bool) -> tuple[date, date] | None:
    """The first and the last day that one mode of the library reads; None for none."""
    parser = _parser()
    if parser is None:
        return None
    base = datetime(today.year, today.month, today.day, NOON)  # noqa: DTZ001 - the library knows no zones
    try:
        found = parser(words, time_base=base.timestamp(), ret_future=future)
        if found.get("type") not in {"time_point", "time_span"}:
            return None
        first, last = (datetime.fromisoformat(each).date() for each in found["time"])
    except Exception:  # noqa: BLE001 - whatever it raises about a patient's words, it has no opinion
        return None
    return first, last


@contextlib.contextmanager
def _packages_alone() -> Iterator[None]:
    """The library's packages as empty ones, from which single modules are imported, meanwhile.

    What they run when they are imported loads a segmenter, numpy and an HTTP client: 30 MB of which dates need nothing.
    """
    if LIBRARY in sys.modules:
        yield
        return
    found = importlib.util.find_spec(LIBRARY)
    places = (found.submodule_search_locations or ()) if found is not None else ()
    library, gadget = ModuleType(LIBRARY), ModuleType(f"{LIBRARY}.gadget")
    library.__path__ = list(places)
    gadget.__path__ = [str(Path(place) / "gadget") for place in places]
    vars(library)["logging"] = logging  # what it takes from its own package
    made = {each.__name__: each for each in (library, gadget)}
    sys.modules.update(made)
    try:
        yield
    finally:
        for name in made:
            del sys.modules[name]


@lru_cache(maxsize=1)
def _parser() -> _Parser | None:
    """The library's parser of dates; None where it cannot be loaded. Its banner on import is swallowed."""
    level = logging.root.level
    try:
        with contextlib.redirect_stdout(io.StringIO()), _packages_alone():
            from jionlp.gadget.time_parser import TimeParser  # noqa: PLC0415 - 0.1 s that only a service needs

            parser: _Parser = TimeParser()
    except Exception:  # noqa: BLE001 - a second opinion is not needed for the first
        return None
    finally:
        logging.root.setLevel(level)
    return parser
