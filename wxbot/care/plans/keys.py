"""Keys of plans and steps that staff make: readable, and never one that is or was another's. Pure."""

import re
from collections.abc import Collection

from wxbot.care.models import Offset
from wxbot.pinyin import syllables_in

LONGEST = 40  # of the 64 characters that a key may have, so that a number fits behind it
_STRANGE = re.compile(r"[^a-z0-9]+")


def plan_key(title: str, taken: Collection[str]) -> str:
    """The title in plain letters, with a number behind it where that is taken."""
    plain = _STRANGE.sub("_", "_".join(syllables_in(title[:LONGEST])).lower()).strip("_")[:LONGEST].strip("_")
    if not plain or not plain[0].isalpha():
        plain = f"plan_{plain}".rstrip("_")
    return _free(plain, taken)


def step_key(offset: Offset, taken: Collection[str]) -> str:
    """Where the step falls, e.g. `day_3`. A key is part of what was sent, so `taken` holds those of every version."""
    if offset.hours is not None:
        name = f"hour_{_number(round(offset.hours))}"
    elif offset.months is not None:
        name = f"month_{_number(offset.months)}"
    elif offset.window_days is not None:
        name = f"days_{_number(offset.window_days[0])}_to_{_number(offset.window_days[1])}"
    else:
        name = f"day_{_number(offset.days or 0)}"
    return _free(name, taken)


def _number(value: int) -> str:
    return f"before_{-value}" if value < 0 else str(value)


def _free(name: str, taken: Collection[str]) -> str:
    key, number = name, 2
    while key in taken:
        key, number = f"{name}_{number}", number + 1
    return key
