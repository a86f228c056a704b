"""Amounts of money in a text: 12,800, 一万二, 1.28万, ￥180, 180–320 元. Pure.

No amount is guessed from a bare number that counts something else (30 分钟, 两颗).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

DIGITS = {
    sign: value
    for value, same in enumerate(("〇零", "一", "二两", "三", "四", "五", "六", "七", "八", "九"))
    for sign in same
}
UNITS = {"十": 10, "百": 100, "千": 1000}
TEN_THOUSAND = 10_000
LEAST = 10  # yuan: a smaller bare number counts something else
LOOK_BACK = 8  # characters before a bare number in which a word for prices makes it an amount

_WIDE = str.maketrans("０１２３４５６７８９．，￥", "0123456789.,¥")
_NUMBER = re.compile(
    r"(?P<sign>¥ ?)?"
    r"(?:(?P<digits>[0-9]{1,3}(?:,[0-9]{3}){1,2}|[0-9]{1,7})(?P<part>\.[0-9]{1,2})?"
    r"(?P<unit>[万千百wWkK])?(?P<rest>[0-9一二三四五六七八九](?![0-9%]))?"
    r"|(?P<chinese>[〇零一二两三四五六七八九十百千万]{1,9}))"
    r"(?P<more>多|左右|来)?(?P<yuan> ?(?:元|块钱|块|圆|人民币|rmb|RMB))?"
)
_JOINED = re.compile(r" ?(?:-|–|—|~|～|到|至|－){1,2} ?¥? ?")
_PRICE_WORD = re.compile(
    r"价格|费用|收费|只要|仅要|仅需|只需|报价|售价|优惠价|活动价|特价|价|一共|总共|花|付|收|卖|打包|大概|大约"
)
_ONWARDS = re.compile(r" ?起(?![来床搏码])")  # 180 起
_COUNTS = re.compile(
    r" ?(?:分钟|小时|天|周|个|月|年|岁|颗|号|楼|次|级|度|%|毫升|支|盒|片|名|位|人|层|路|米|点|半|日|秒|遍|种|例|针|粒"
    r"|mg|ml|cm|mm|倍|成|折|折扣|期|排|诊|场|辆|句|字|条|项|家|代|型|类|年代|:|：|/|\.[0-9]|[0-9]|-[0-9])"
)


@dataclass(frozen=True)
class Amount:
    """Yuan, from low to high, with the half-open span where they stand. `sure`: written as money."""

    start: int
    end: int
    low: int
    high: int
    sure: bool


@dataclass(frozen=True)
class _Number:
    start: int
    end: int
    value: int
    money: bool  # ¥ or 元 beside it
    large: bool  # 万, 千 or a Chinese number of hundreds: money where nothing is counted
    unit: int  # of 万, 千 … beside it


def amounts(text: str) -> tuple[Amount, ...]:
    """Every amount, in reading order."""
    plain = text.translate(_WIDE)
    return tuple(_joined(plain, list(_numbers(plain))))


def chinese_number(words: str) -> int | None:
    """一万二 is 12000, 三百八 380, 两千零五 2005; None for what is no number."""
    head, ten_thousand, tail = words.partition("万")
    if not ten_thousand:
        return _below_ten_thousand(words)
    high = _below_ten_thousand(head)
    if high is None or high == 0 or "万" in tail:
        return None
    if not tail:
        return high * TEN_THOUSAND
    if len(tail) == 1 and tail in DIGITS:
        return high * TEN_THOUSAND + DIGITS[tail] * 1000
    low = _below_ten_thousand(tail.lstrip("零〇"))
    return None if low is None else high * TEN_THOUSAND + low


def _below_ten_thousand(words: str) -> int | None:
    total, digit, last = 0, None, TEN_THOUSAND
    for sign in words:
        if sign in DIGITS:
            if digit not in {None, 0}:
                return None
            digit = DIGITS[sign]
            continue
        unit = UNITS.get(sign)
        if unit is None or unit >= last or digit == 0:
            return None
        total, last, digit = total + (1 if digit is None else digit) * unit, unit, None
    if not words:
        return None
    if digit and UNITS["十"] < last < TEN_THOUSAND and words[-2:-1] not in {"零", "〇"}:
        digit *= last // 10
    return total + (digit or 0)


def _numbers(text: str) -> Iterator[_Number]:
    for found in _NUMBER.finditer(text):
        unit = {"万": TEN_THOUSAND, "w": TEN_THOUSAND, "千": 1000, "k": 1000, "百": 100}.get(
            (found["unit"] or "").lower(), 1
        )
        start, end = found.span()
        if found["digits"]:
            if start and ((text[start - 1].isascii() and text[start - 1].isalnum()) or text[start - 1] in ".:："):
                continue
            value = round(float(found["digits"].replace(",", "") + (found["part"] or "")) * unit)
            if found["rest"]:
                if unit == 1:
                    end = found.start("rest")
                else:
                    rest = found["rest"]
                    value += (DIGITS[rest] if rest in DIGITS else int(rest)) * unit // 10
            large = unit > 1 or "," in found["digits"]
        else:
            read = chinese_number(found["chinese"])
            if read is None:
                continue
            value, large = read, any(sign in found["chinese"] for sign in "百千万")
        money = bool(found["sign"] or found["yuan"] or (value >= LEAST and _ONWARDS.match(text, end)))
        if not money and _COUNTS.match(text, end):
            continue
        yield _Number(start, end, value, money, large, unit)


def _joined(text: str, numbers: list[_Number]) -> Iterator[Amount]:
    at = 0
    while at < len(numbers):
        one = numbers[at]
        other = numbers[at + 1] if at + 1 < len(numbers) else None
        joins = other is not None and _JOINED.fullmatch(text, one.end, other.start) is not None
        last = other if joins and other is not None else one
        low = one.value
        if last is not one and one.unit == 1 and last.unit > 1 and low * last.unit <= last.value:
            low *= last.unit  # 1 到 2 万
        sure = one.money or last.money
        if sure or _is_price(text, one, last):
            yield Amount(one.start, last.end, min(low, last.value), max(low, last.value), sure)
        at += 2 if joins else 1


def _is_price(text: str, one: _Number, last: _Number) -> bool:
    """Whether numbers without 元 are an amount: a word for prices stands before them, or they are large ones."""
    if max(one.value, last.value) < LEAST:
        return False
    before = text[max(0, one.start - LOOK_BACK) : one.start]
    for sign in "，,。！!？?；;\n":
        before = before.rpartition(sign)[2]
    return _PRICE_WORD.search(before) is not None or last.large
