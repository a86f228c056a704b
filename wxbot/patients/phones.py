"""Telephone numbers: understand what people write, keep E.164, show the middle hidden. Pure.

The default region is mainland China: `13800138000`, `+86 138-0013-8000`, `010-6234 5678`, also in full-width
digits. A landline needs its area code, because a number without one rings in any city.

Nothing is guessed: a sign that is no digit and separates none makes the whole no number. The library would read letters
as keys of a telephone (OOO is 666), leave out a star and what stands before the first digit, and ring at a stranger's.
"""

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from wxbot.errors import InvalidInputError

REGION = "CN"
_CHINA = 86
_CHINESE_MOBILE = "+861"  # also of ranges the library has not met yet
_HEAD, _TAIL = 3, 4  # digits that stay visible: 138****8888
_SEPARATORS = str.maketrans(dict.fromkeys(" -‐‑‒–—―−~.()[]/·\t\r\n\u00ad\u200b\u2060\ufeff", ""))  # after NFKC
_AROUND = "'’‘`。.,;、:! \t\r\n"  # signs that stand before or behind a number and say nothing
_LABEL = re.compile(r"(?:tel|phone|mobile|(?:联系)?(?:电话|手机|座机|方式)(?:号码?)?|号码)(?=[:. +\d])", re.IGNORECASE)
_DECIMALS = re.compile(r"(\d+)\.0+")  # as a spreadsheet writes a number: 13800138000.0
_LONE_DIGIT = re.compile(r"[-‐‑‒–—―−~./]\d$")  # an extension, or the end of a second number: 0835-2345678/9
_NUMERALS = frozenset({"No", "Nl"})  # ①, ², Ⅷ: marks beside a number, which would become digits of it
_DIALLED = re.compile(r"\+?\d{5,20}")


LETTERS = "号码里有字母，字母 O、l 不能代替数字 0、1，请核对后重写。"


class PhoneError(InvalidInputError):
    """Not a telephone number that can be called."""

    code = "phone"
    sentence = "这不是能拨打的电话号码。"


def parse(text: str) -> str:
    """The number in E.164, for instance `+8613800138000`.

    Raises:
        PhoneError: no number, one of an impossible length, one with a letter, a star or another sign in it, or a
            landline without its area code.
    """
    if has_letters(text):
        raise PhoneError("letters in a telephone number", sentence=LETTERS)
    plain = _LABEL.sub("", unicodedata.normalize("NFKC", text).strip(_AROUND), count=1).strip(_AROUND)
    if decimals := _DECIMALS.fullmatch(plain):
        plain = decimals[1]
    if _LONE_DIGIT.search(plain):
        raise PhoneError("one digit apart from the others")
    plain = plain.translate(_SEPARATORS)
    if not _DIALLED.fullmatch(plain) or any(unicodedata.category(sign) in _NUMERALS for sign in text):
        raise PhoneError("not a telephone number")
    if plain.startswith("0086"):
        plain = f"+{plain[2:]}"
    elif plain.startswith("86") and len(plain) == len("8613800138000"):
        plain = f"+{plain}"
    try:
        number = phonenumbers.parse(plain, REGION)
    except NumberParseException as error:
        raise PhoneError("not a telephone number") from error
    if number.extension or not phonenumbers.is_valid_number(number):
        raise PhoneError("not a telephone number anybody has")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def has_letters(text: str) -> bool:
    """Whether what ought to be a number has Latin, Greek or Cyrillic letters in it, as an O for a 0; labels apart."""
    plain = _LABEL.sub("", unicodedata.normalize("NFKC", text).strip(_AROUND), count=1)
    return any(sign.isalpha() and sign.lower() != sign.upper() for sign in plain) and any(map(str.isdecimal, plain))


def spoken(phone: str) -> str:
    """A stored number as people dial it: `138 0013 8000`, `010 6234 5678`, `+852 9123 4567`."""
    number = _number(phone)
    home = number.country_code == _CHINA
    form = PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)


def digits(phone: str) -> str:
    """The digits people dial within the country: `13800138000`, `01062345678`; abroad with the country's code."""
    if phone.startswith(_CHINESE_MOBILE) and len(phone) == len("+8613800138000"):
        return phone[len("+86") :]  # nearly all of them, and asking the library takes most of an import's time
    number = _number(phone)
    national = phonenumbers.national_significant_number(number)
    if number.country_code != _CHINA:
        return f"{number.country_code}{national}"
    return national if national.startswith("400") else f"0{national}"


def masked(phone: str | None) -> str:
    """What may be shown without a reveal: `138****8888`; short numbers keep their last four; empty for none."""
    if not phone:
        return ""
    dialled = digits(phone)
    if len(dialled) <= _HEAD + _TAIL:
        return "*" * (len(dialled) - _TAIL) + dialled[-_TAIL:]
    return dialled[:_HEAD] + "*" * (len(dialled) - _HEAD - _TAIL) + dialled[-_TAIL:]


def _number(phone: str) -> PhoneNumber:
    return phonenumbers.parse(phone, REGION)
