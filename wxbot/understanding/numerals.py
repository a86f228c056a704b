"""Numbers as people write them: Chinese numerals, circled digits, keycaps, ordinals."""

import re

DIGITS = {
    numeral: value
    for value, same in enumerate(
        ("〇零○", "一壹", "二两俩贰", "三叁仨", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
    )
    for numeral in same
}
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
NUMERALS = "".join((*DIGITS, *UNITS, "廿", "卅"))  # for character classes in patterns
LARGEST = 9999
MOST_ENTRIES = 99  # no list offered to a patient is longer
LONGEST_NUMBER = 12  # characters: 九千九百九十九 has seven
BELOW_TEN = 10

_NUMBER = rf"(?:\d{{1,2}}|[{NUMERALS}]{{1,3}})"
_CHOICE = re.compile(
    r"(?:那?我?就?(?:要|选择?|点)|那?就|回复|序号|选项)?"
    rf"(?:第[(]?(?P<ordinal>{_NUMBER})[)]?(?:个|项|条|种|款)?"
    rf"|[(【\[{{<]?(?P<bare>{_NUMBER})[)】\]}}>]?)"
    r"(?:吧|啊|呀|哈|的|好了)?[.,、!~)]?"
)


def number(words: str) -> int | None:
    """A whole number up to 9999, in digits or Chinese numerals (二十三, 廿九, 一百零五, 二〇二六); else None."""
    if not words or len(words) > LONGEST_NUMBER:
        return None
    if words.isdecimal() and words.isascii():
        value = int(words)
        return value if value <= LARGEST else None
    words = words.replace("廿", "二十").replace("卅", "三十")
    if any(sign not in DIGITS and sign not in UNITS for sign in words):
        return None
    if not any(sign in UNITS for sign in words):
        return _spelt(words)
    return _counted(words)


def _spelt(words: str) -> int | None:
    """二〇二六 digit by digit; a single numeral is itself, 三五 is no number."""
    if len(words) == 1:
        return DIGITS[words]
    return int("".join(str(DIGITS[sign]) for sign in words)) if len(words) == len("二〇二六") else None


def _counted(words: str) -> int | None:
    """二十三, 一百零五: units falling, at most one digit before each."""
    total, digit, last = 0, None, LARGEST + 1
    for sign in words:
        if sign in DIGITS:
            if digit not in {None, 0}:
                return None
            digit = DIGITS[sign]
            continue
        unit = UNITS[sign]
        if unit >= last or digit == 0:
            return None
        total, last, digit = total + (1 if digit is None else digit) * unit, unit, None
    if digit is not None and digit != 0 and last > BELOW_TEN and words[-2:-1] not in {"零", "〇", "○"}:
        digit *= last // 10  # 一百五 is 150
    return total + (digit or 0)


def choice_number(text: str) -> int | None:
    """The number of an entry (1-based) when the whole normalised text is one: 1, 一, 第一个, 选1, (1), 1.

    A number with 号 is not one, for it may be a day.
    """
    found = _CHOICE.fullmatch(text)
    value = None if found is None else number(found["ordinal"] or found["bare"])
    return value if value is not None and 1 <= value <= MOST_ENTRIES else None
