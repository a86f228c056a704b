"""What can be a person's name: Chinese characters or letters, with the signs names have between them."""

import re
import unicodedata
from itertools import pairwise

from wxbot.errors import InvalidInputError

MOST_NAME_LENGTH = 40  # characters; the longest names on Chinese identity papers are shorter
_SIGNS = " ·.-'’〇"  # 〇 is a number to Unicode and a sign of names to people: 王〇
_DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅･᛫●", "·"))  # what keyboards write for the dot between parts of a name
_ROUND_ZERO = re.compile("(?<=[\u3400-\u9fff])[○◯⚪](?=[\u3400-\u9fff]|$)")  # 王○


_MOST_CLOSED = 4  # characters: a family name of one and a given name of up to three, 阿 依 古丽
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff〇]+")


def clean_name(text: str) -> str:
    """The name in one form: composed characters, single spaces, one dot; 郭 芳 and 李 小 明 are closed up.

    Raises InvalidInputError for anything else.
    """
    name = " ".join(unicodedata.normalize("NFC", text).translate(_DOTS).split())
    name = _ROUND_ZERO.sub("〇", name)
    if not name or len(name) > MOST_NAME_LENGTH or not name[0].isalpha():
        raise InvalidInputError("not a name")
    if any(not (character.isalpha() or unicodedata.combining(character) or character in _SIGNS) for character in name):
        raise InvalidInputError("not a name")
    return _closed_up(name)


def doubtful_blank(name: str) -> bool:
    """Whether a cleaned name has a blank between Chinese characters that may not belong there: 张三 李四."""
    parts = name.split(" ")
    return any(_HAN.fullmatch(before[-1]) and _HAN.fullmatch(after[0]) for before, after in pairwise(parts))


def _closed_up(name: str) -> str:
    """The name without the blanks that lists put in to line names up."""
    first, *others = name.split(" ")
    whole = "".join((first, *others))
    return whole if len(first) == 1 and len(whole) <= _MOST_CLOSED and _HAN.fullmatch(whole) else name
