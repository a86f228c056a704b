"""Short ids for what staff add, taken from how the name sounds: 陈晓晴 → chen_xiao_qing. Pure."""

import re
from collections.abc import Collection

from wxbot.pinyin import syllables_in

LONGEST = 48  # characters; leaves room for a number behind it


def identifier(name: str, taken: Collection[str]) -> str:
    """An id that clinic.toml accepts and that nobody has yet."""
    sounds = "_".join(re.sub(r"[^a-z0-9]", "", each.lower()) for each in syllables_in(name[:LONGEST]))
    plain = re.sub(r"_+", "_", sounds).strip("_")[:LONGEST].rstrip("_")
    base = plain if plain[:1].isalpha() else f"n_{plain}".rstrip("_")
    chosen, number = base, 2
    while chosen in taken:
        chosen, number = f"{base}_{number}", number + 1
    return chosen
