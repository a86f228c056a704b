"""From a cell's text to a field's value, or to words about what is wrong with it. Pure.

Every reader takes text as `plain` leaves it. CellError carries what is wrong, what was expected, and an example.
"""

import contextlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from wxbot.errors import InvalidInputError
from wxbot.patients import phones
from wxbot.patients.birthday_words import BirthdayError, check_birthday, parse_birthday
from wxbot.patients.imports.dates import DateOrder, day_of, day_of_serial, lacks, readings_of
from wxbot.patients.imports.models import Field
from wxbot.patients.models import Birthday, Calendar, Gender
from wxbot.patients.names import MOST_NAME_LENGTH, clean_name

AMBIGUOUS_DATE = "看不出年、月、日的先后"
LONGEST_TAG = 20  # characters
MOST_TAGS = 20  # of one patient in one file
LONGEST_NOTE = 1_000  # characters
LONGEST_ORIGIN = 40  # characters
LONGEST_RECORD_NUMBER = 40  # characters
LONGEST_DECIMAL_ID = 10  # digits; papers other than the mainland's have letters or are shorter
SPREADSHEET_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!"})

_EXPONENT = re.compile(r"([+-]?\d+)(?:\.(\d+))?[eE]\+?(\d{1,2})")
_TRAILING_ZERO = re.compile(r"(\d+)\.0+")
_MIDNIGHT = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")
_DAY = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))")
_BETWEEN_TAGS = re.compile(r"[,，、;；|/\n\t]+")
_BETWEEN_PHONES = re.compile(r"[/、,，;；|\n]|(?<=\d{11})\s+(?=\d)")
_MAINLAND_ID = re.compile(r"\d{17}[\dX]|\d{15}")
_OTHER_ID = re.compile(r"[A-Z0-9()-]{5,20}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_CHECKS = "10X98765432"
_GENDERS: Mapping[str, Gender] = {
    **dict.fromkeys(("女", "女性", "女士", "小姐", "f", "female", "w", "woman"), Gender.FEMALE),
    **dict.fromkeys(("男", "男性", "先生", "m", "male", "man"), Gender.MALE),
    **dict.fromkeys(("未知", "不详", "保密", "未说明", "unknown", "-", "/"), Gender.UNKNOWN),
}


class CellError(InvalidInputError):
    """A cell that cannot be read: `wrong`, `expected` and `example` are for staff."""

    sentence = "有一格的内容看不懂。"

    def __init__(self, wrong: str, expected: str, example: str) -> None:
        super().__init__("the cell cannot be read", sentence=f"{wrong}；应为{expected}，例如 {example}")
        self.wrong = wrong
        self.expected = expected
        self.example = example


def read_name(text: str, _today: date) -> str:
    """A person's name."""
    try:
        return clean_name(unicodedata.normalize("NFKC", text))
    except InvalidInputError as error:
        expected = f"汉字或字母，最多 {MOST_NAME_LENGTH} 个，不带数字、括号和编号"
        raise CellError("不像姓名", expected, "张小满") from error


def read_phone(text: str, _today: date) -> str:
    """A telephone number in E.164."""
    plain = unicodedata.normalize("NFKC", text)
    whole = _whole_number(plain)
    if whole is None:
        raise CellError(
            "表格把号码显示成了科学计数，后几位已经丢失", "完整的号码；请把这一列设为「文本」后重新填写", "13800138000"
        )
    if len([part for part in _BETWEEN_PHONES.split(whole) if part.strip()]) > 1:
        raise CellError("一格里有两个号码", "一格一个号码，另一个可以写进备注", "13800138000")
    try:
        return phones.parse(text if whole == plain else whole)
    except InvalidInputError as error:
        expected = "11 位手机号，或带区号的座机；境外号码以 + 和国家代码开头"
        raise CellError(_about_phone(whole), expected, "13800138000 或 010-62345678") from error


def read_gender(text: str, _today: date) -> Gender:
    """男, 女 or 未知."""
    found = _GENDERS.get(unicodedata.normalize("NFKC", text).lower())
    if found is None:
        raise CellError("看不出是男是女", "男、女或未知（1、2 这样的代号各系统含义不同，请先替换）", "女")
    return found


def read_birthday(text: str, today: date, order: DateOrder = DateOrder.SHEET) -> Birthday:
    """A birthday in either calendar, or a spreadsheet's number of a day; `order` is that of the sheet's short dates."""
    words = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", text)).strip()
    if match := _TRAILING_ZERO.fullmatch(words):
        words = match.group(1)
    day = day_of_serial(words) or day_of(words, order, today)
    if day is None and readings_of(words, today):
        expected = "先写年份；或在「改列的对应」里，替这张表选一次日期的写法"
        raise CellError(AMBIGUOUS_DATE, expected, "1990-05-12")
    try:
        if day is not None:
            birthday = Birthday(calendar=Calendar.SOLAR, year=day.year, month=day.month, day=day.day)
            check_birthday(birthday, today)
            return birthday
        return parse_birthday(words, today)
    except BirthdayError as error:
        expected = "年月日齐全、确有其日、不晚于今天；农历请写「农历」"
        wrong = lacks(words) or "不是一个能确定的生日"
        raise CellError(wrong, expected, "1990-05-12，或 农历1990年八月十五") from error


def read_record_number(text: str, _today: date) -> str:
    """A record number: any short text in one line."""
    whole = _whole_number(unicodedata.normalize("NFKC", text))
    if whole is None:
        raise CellError("表格把编号显示成了科学计数，后几位已经丢失", "完整的编号；请把这一列设为「文本」", "A20260001")
    number = " ".join(whole.split())
    if len(number) > LONGEST_RECORD_NUMBER:
        raise CellError("太长", f"最多 {LONGEST_RECORD_NUMBER} 个字符", "A20260001")
    return number


def read_identity(text: str, today: date) -> str:
    """A mainland identity number with a right check digit, or another paper's number."""
    number = "".join(unicodedata.normalize("NFKC", text).upper().split())
    if _EXPONENT.fullmatch(number):
        raise CellError(
            "证件号存成了数字，第 15 位以后已经丢失", "完整的号码；请把这一列设为「文本」后重填", "11010119900307803X"
        )
    if _MAINLAND_ID.fullmatch(number):
        if not _is_mainland_id(number, today):
            raise CellError("身份证号不对：校验码或出生日期不符", "18 位身份证号，请核对原件", "11010119900307803X")
        return number
    if (number.isdecimal() and len(number) > LONGEST_DECIMAL_ID) or not _OTHER_ID.fullmatch(number):
        raise CellError("不像证件号", "18 位身份证号，或护照、港澳台证件的字母和数字", "11010119900307803X")
    return number


def read_tags(text: str, _today: date) -> tuple[str, ...]:
    """Tags, separated by commas, 、, semicolons or slashes; each once."""
    tags = tuple(dict.fromkeys(" ".join(each.split()) for each in _BETWEEN_TAGS.split(text) if each.strip()))
    longest = max((len(tag) for tag in tags), default=0)
    if longest > LONGEST_TAG or len(tags) > MOST_TAGS:
        wrong = "有一个标签太长" if longest > LONGEST_TAG else "标签太多"
        raise CellError(wrong, f"每个最多 {LONGEST_TAG} 字，最多 {MOST_TAGS} 个，用逗号分开", "复诊，种植")
    return tags


def read_note(text: str, _today: date) -> str:
    """A remark."""
    if len(text) > LONGEST_NOTE:
        raise CellError("太长", f"最多 {LONGEST_NOTE} 字", "周末方便接电话")
    return text


def read_origin(text: str, _today: date) -> str:
    """Where a patient came from, in one line."""
    origin = " ".join(text.split())
    if len(origin) > LONGEST_ORIGIN:
        raise CellError("太长", f"最多 {LONGEST_ORIGIN} 字", "美团")
    return origin


def read_last_visit(text: str, today: date) -> date:
    """The day of the last visit, year first, or a spreadsheet's number of a day."""
    words = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", text)).strip().removesuffix(".0")
    found = day_of_serial(words)
    if found is None and (parts := _DAY.fullmatch(words)):
        with contextlib.suppress(ValueError):
            found = date(*(int(part) for part in parts.groups() if part is not None))
    if found is None or found > today:
        raise CellError("不是一个能确定的日期", "年月日齐全、不晚于今天", "2025-03-01")
    return found


READERS: Mapping[Field, Callable[[str, date], Any]] = {  # but of birthdays, which ask for the sheet's order as well
    Field.NAME: read_name,
    Field.PHONE: read_phone,
    Field.SECOND_PHONE: read_phone,
    Field.GENDER: read_gender,
    Field.RECORD_NUMBER: read_record_number,
    Field.IDENTITY: read_identity,
    Field.TAGS: read_tags,
    Field.NOTE: read_note,
    Field.ORIGIN: read_origin,
    Field.LAST_VISIT: read_last_visit,
}


def read_cell(field: Field, text: str, today: date, order: DateOrder = DateOrder.SHEET) -> Any:
    """The value of a cell that is not empty; `order` is that of the sheet's dates. Raises CellError."""
    if text.upper() in SPREADSHEET_ERRORS:
        raise CellError("这一格的公式出错了", "一个值；请在表格里修好公式或直接填写", "—")
    if field is Field.BIRTHDAY:
        return read_birthday(text, today, order)
    return READERS[field](text, today)


def _whole_number(text: str) -> str | None:
    """`13800000000.0` and `1.38001380001E+10` as whole numbers; None where digits are lost; other text as it is."""
    if match := _TRAILING_ZERO.fullmatch(text):
        return match.group(1)
    if match := _EXPONENT.fullmatch(text):
        head, decimals, exponent = match.group(1), match.group(2) or "", int(match.group(3))
        return head + decimals if len(decimals) == exponent else None
    return text


def _about_phone(text: str) -> str:
    if phones.has_letters(text):
        return "号码里有字母（字母 O、l 和数字 0、1 容易混）"
    digits = sum(sign.isdecimal() for sign in text)
    if not digits:
        return "没有数字，不是号码"
    mobile = text.lstrip("+86 ").startswith("1")
    return f"是 {digits} 位数字，不是有效号码" if mobile else "不是有效号码，座机可能缺区号"


def _is_mainland_id(number: str, today: date) -> bool:
    if len(number) == 15:  # noqa: PLR2004 - of the first generation, without check digit
        born = f"19{number[6:12]}"
    else:
        born = number[6:14]
        total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
        if _CHECKS[total % 11] != number[17]:
            return False
    try:
        return date(int(born[:4]), int(born[4:6]), int(born[6:])) <= today
    except ValueError:
        return False
