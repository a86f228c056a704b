"""What can be a person's name: Chinese characters or letters, with the signs names have between them."""

import re
import unicodedata

from wxbot.errors import InvalidInputError

MOST_NAME_LENGTH = 40  # characters; the longest names on Chinese identity papers are shorter
_SIGNS = " ·.-'’〇"  # 〇 is a number to Unicode and a sign of names to people: 王〇
_DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅･᛫●", "·"))  # what keyboards write for the dot between parts of a name
_ROUND_ZERO = re.compile("(?<=[\u3400-\u9fff])[○◯⚪](?=[\u3400-\u9fff]|$)")  # 王○


def clean_name(text: str) -> str:
    """The name in one form: composed characters, single spaces, one dot. Raises InvalidInputError for anything else."""
    name = " ".join(unicodedata.normalize("NFC", text).translate(_DOTS).split())
    name = _ROUND_ZERO.sub("〇", name)
    if not name or len(name) > MOST_NAME_LENGTH or not name[0].isalpha():
        raise InvalidInputError("not a name")
    if any(not (character.isalpha() or unicodedata.combining(character) or character in _SIGNS) for character in name):
        raise InvalidInputError("not a name")
    return name
