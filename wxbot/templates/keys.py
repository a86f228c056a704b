"""A key for a template that staff make: readable, and never that of a shipped one. Pure."""

import re

from wxbot.pinyin import syllables_in

OWN = "own"  # the first word of every key made in the console
LONGEST_NAME = 40  # of the key's 64 characters, so that a number fits behind it
_STRANGE = re.compile(r"[^a-z0-9]+")


def key_for(name: str, taken: frozenset[str] | set[str]) -> str:
    """`own.` and the name in plain letters, with a number behind it where that is taken."""
    plain = _STRANGE.sub("_", "_".join(syllables_in(name[:LONGEST_NAME])).lower()).strip("_")[:LONGEST_NAME].strip("_")
    if not plain or not plain[0].isalpha():
        plain = f"t_{plain}".rstrip("_")
    key, number = f"{OWN}.{plain}", 2
    while key in taken:
        key, number = f"{OWN}.{plain}_{number}", number + 1
    return key
