"""Festivals that plans greet, and on which day each falls in any year. Pure; the calendar is that of understanding."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from wxbot.patients.lunar import FIRST_YEAR, LAST_YEAR
from wxbot.understanding.festivals import begins


@dataclass(frozen=True, kw_only=True)
class Festival:
    """`name` is what patients and staff read, `word` how the calendar calls it."""

    name: str
    word: str


FESTIVALS: Mapping[str, Festival] = MappingProxyType(
    {
        "new_year": Festival(name="元旦", word="元旦"),
        "spring": Festival(name="春节", word="春节"),
        "lantern": Festival(name="元宵节", word="元宵"),
        "dragon_boat": Festival(name="端午节", word="端午"),
        "mid_autumn": Festival(name="中秋节", word="中秋"),
        "national": Festival(name="国庆节", word="国庆"),
        "double_ninth": Festival(name="重阳节", word="重阳"),
    }
)
"""By the word that plans name a festival with."""


@lru_cache(maxsize=16)
def festivals_of(year: int) -> Mapping[date, tuple[str, ...]]:
    """The festivals of a solar year by day; two may meet (中秋节 and 国庆节). Empty beyond the lunar years."""
    found: dict[date, tuple[str, ...]] = {}
    for key, festival in FESTIVALS.items():
        if FIRST_YEAR <= year <= LAST_YEAR:
            day, _ = begins(festival.word, year)
            found[day] = (*found.get(day, ()), key)
    return MappingProxyType(found)


def festivals_on(day: date) -> tuple[str, ...]:
    """The festivals that fall on a day."""
    return festivals_of(day.year).get(day, ())
