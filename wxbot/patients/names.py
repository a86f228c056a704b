"""What can be a person's name: Chinese characters or letters, with the signs names have between them."""

import unicodedata

from wxbot.errors import InvalidInputError

MOST_NAME_LENGTH = 40  # characters; the longest names on Chinese identity papers are shorter
_SIGNS = " ·.-'’"


def clean_name(text: str) -> str:
    """The name in one form: composed characters, single spaces. Raises InvalidInputError for anything else."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name or len(name) > MOST_NAME_LENGTH or not name[0].isalpha():
        raise InvalidInputError("not a name")
    if any(not (character.isalpha() or unicodedata.combining(character) or character in _SIGNS) for character in name):
        raise InvalidInputError("not a name")
    return name
