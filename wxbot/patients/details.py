"""What staff type into a patient's record, understood field by field; each complaint in words for staff. Pure."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from wxbot.errors import FieldErrors, InvalidInputError
from wxbot.patients.birthday_sentence import birthday_sentence
from wxbot.patients.birthday_words import parse_birthday
from wxbot.patients.identities import clean_identity
from wxbot.patients.masking import identity as masked_identity
from wxbot.patients.masking import phone as masked_phone
from wxbot.patients.models import Gender, Patient
from wxbot.patients.names import clean_name
from wxbot.patients.phones import parse as parse_phone

FIELDS: Mapping[str, str] = {  # what can be edited, in the order of the form, as staff call it
    "name": "姓名",
    "phone": "电话",
    "second_phone": "第二个电话",
    "gender": "性别",
    "birthday": "生日",
    "record_number": "病历号",
    "identity": "证件号",
    "note": "备注",
}
GENDERS: Mapping[Gender, str] = {Gender.FEMALE: "女", Gender.MALE: "男", Gender.UNKNOWN: "未知"}
LONGEST_RECORD_NUMBER = 32  # characters
LONGEST_NOTE = 500  # characters; a story belongs into the medical record, not here

_COMPLAINTS: Mapping[str, str] = {
    "name": "请填写姓名：汉字或字母，最多40个字",
    "phone": "请填写完整的电话号码，例如 13800138000；座机请带区号，例如 010-62345678",
    "second_phone": "请填写完整的电话号码，例如 13800138000；座机请带区号，例如 010-62345678",
    "gender": "请从列表中选择",
    "birthday": "请填写真实的日期，例如 1990-05-12 或 农历1990年八月十五",
    "record_number": f"病历号由字母、数字和 - / . 组成，最多{LONGEST_RECORD_NUMBER}位",
    "identity": "证件号不对，请逐位核对（身份证末位是校验码）",
    "note": f"备注最多{LONGEST_NOTE}个字",
}


def understand(typed: Mapping[str, str], today: date) -> dict[str, Any]:
    """The typed fields as they are stored; an empty one empties the field. Other fields than a record has are left out.

    Raises:
        FieldErrors: some cannot be understood; all of them are named.
    """
    kept: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    readers: Mapping[str, Callable[[str], Any]] = {
        "name": clean_name,
        "phone": lambda text: parse_phone(text) if text else None,
        "second_phone": lambda text: parse_phone(text) if text else None,
        "gender": lambda text: Gender(text or Gender.UNKNOWN),
        "birthday": lambda text: parse_birthday(text, today) if text else None,
        "record_number": lambda text: clean_record_number(text) if text else None,
        "identity": lambda text: clean_identity(text) if text else None,
        "note": _clean_note,
    }
    for field in FIELDS:
        if field not in typed:
            continue
        try:
            kept[field] = readers[field](typed[field].strip())
        except (InvalidInputError, ValueError):
            wrong[field] = _COMPLAINTS[field]
    if wrong:
        raise FieldErrors(wrong)
    return kept


def clean_record_number(text: str) -> str:
    """病历号 in one form: capital letters, no spaces. Raises InvalidInputError."""
    number = unicodedata.normalize("NFKC", text).upper().replace(" ", "")
    if not number or len(number) > LONGEST_RECORD_NUMBER or any(not (s.isalnum() or s in "-/._#") for s in number):
        raise InvalidInputError("not a record number")
    return number


def shown(patient: Patient, field: str) -> str:
    """A field as the audit and a merge's preview show it: numbers that name a person are masked; empty for nothing."""
    value = getattr(patient, field)
    if field in {"phone", "second_phone"}:
        return masked_phone(value)
    if field == "identity":
        return masked_identity(value)
    if field == "birthday":
        return birthday_sentence(value) if value else ""
    if field == "gender":
        return "" if value is Gender.UNKNOWN else GENDERS[value]
    if field == "note":
        return f"{len(value)}字" if value else ""
    return value or ""


def _clean_note(text: str) -> str:
    note = unicodedata.normalize("NFC", text)
    if len(note) > LONGEST_NOTE:
        raise InvalidInputError("the note is too long")
    return note
