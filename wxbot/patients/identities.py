"""证件号: what can be one. Pure."""

import re
import unicodedata

from wxbot.errors import InvalidInputError

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_CHECKS = "10X98765432"
_RESIDENT = re.compile(r"\d{17}[\dX]")
_OTHER = re.compile(r"[A-Z0-9]{5,20}")  # passports, permits of Hong Kong, Macao and Taiwan, military papers


class IdentityError(InvalidInputError):
    """A number that no identity paper bears."""

    code = "identity"
    sentence = "证件号不对，请逐位核对。"


def clean_identity(text: str) -> str:
    """The number in one form. Raises IdentityError where the check digit of a resident's number does not fit."""
    number = "".join(sign for sign in unicodedata.normalize("NFKC", text).upper() if sign not in " -'’")
    if _RESIDENT.fullmatch(number):
        total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
        if _CHECKS[total % 11] != number[17]:
            raise IdentityError("the check digit does not fit")
        return number
    if not _OTHER.fullmatch(number):
        raise IdentityError("not an identity number")
    return number
