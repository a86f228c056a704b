"""What a field of a platform card can carry: its type is in its key (`thing1`, `time2`). Pure; reference §5.2.

One value outside its limits and WeChat refuses the whole message (47003), so it is fitted or refused here.
"""

import re
import unicodedata
from dataclasses import dataclass

from wxbot.templates.rendering import clean

ELLIPSIS = "…"

# Cards show emoji as empty boxes (reference §5.1): pictographs, dingbats, variation selectors, joiners, tags.
_EMOJI = re.compile("[\u200d\u20e3\u2600-\u27bf\u2b00-\u2bff\ufe0e\ufe0f\U0001f000-\U0001faff\U000e0000-\U000e007f]")
_KEY = re.compile(r"([a-z_]+?)_?(\d{1,3})")
_CHINESE = "\u3400-\u4dbf\u4e00-\u9fff"

_CLOCK = r"(?:[01]?\d|2[0-3])[:：][0-5]\d(?:[:：][0-5]\d)?"
_DAY = r"\d{4}(?:年(?:1[0-2]|0?[1-9])月(?:3[01]|[12]\d|0?[1-9])日|([-/.])(?:1[0-2]|0?[1-9])\1(?:3[01]|[12]\d|0?[1-9]))"
_DAY_AGAIN = _DAY.replace(r"\1", r"\2")


class FieldError(ValueError):
    """A value cannot be made to fit its field. `problems` are sentences."""

    def __init__(self, key: str, problems: list[str]) -> None:
        super().__init__(f"{key}: {'; '.join(problems)}")
        self.key = key
        self.problems = tuple(problems)


@dataclass(frozen=True, kw_only=True)
class FieldType:
    """One row of reference §5.2. `limit` is in characters; `cuts` says whether a longer text may be shortened."""

    limit: int
    form: re.Pattern[str] | None = None
    says: str = ""  # the form in words
    cuts: bool = False
    narrows: bool = False  # full-width digits and letters become plain


TYPES: dict[str, FieldType] = {
    "thing": FieldType(limit=20, cuts=True),
    "short_thing": FieldType(limit=5, cuts=True),
    "const": FieldType(limit=20, says="one of the values chosen with the template"),
    "name": FieldType(limit=20, cuts=True),  # 10 once anything Chinese is in it: see _limit
    "phrase": FieldType(limit=5, form=re.compile(f"[{_CHINESE}]+"), says="Chinese characters only"),
    "character_string": FieldType(
        limit=32, form=re.compile(r"[\x21-\x7e]+"), says="digits, letters and symbols, nothing Chinese", narrows=True
    ),
    "letter": FieldType(limit=32, form=re.compile(r"[A-Za-z]+"), says="letters only", narrows=True),
    "symbol": FieldType(limit=5, form=re.compile(r"[^\w\s]+"), says="symbols only", narrows=True),
    "number": FieldType(limit=32, form=re.compile(r"-?\d+(\.\d+)?"), says="a number", narrows=True),
    "amount": FieldType(
        limit=14, form=re.compile(r"[¥￥$€£]?\d{1,10}(\.\d+)?元?"), says="a sum such as ¥120.50 or 120元", narrows=True
    ),
    "phone_number": FieldType(
        limit=17, form=re.compile(r"[\d+\-() *#]+"), says="digits and symbols of a telephone number", narrows=True
    ),
    "car_number": FieldType(
        limit=8,
        form=re.compile(f"[{_CHINESE}A-Za-z0-9][A-Za-z0-9·-]*[{_CHINESE}A-Za-z0-9]"),
        says="a car's number",
        narrows=True,
    ),
    "time": FieldType(
        limit=64,
        form=re.compile(rf"(?:{_DAY} ?)?{_CLOCK}(?: ?~ ?(?:{_DAY_AGAIN} ?)?{_CLOCK})?"),
        says="an hour such as 15:01 or 2026年11月20日 15:01",
        narrows=True,
    ),
    "date": FieldType(
        limit=64,
        form=re.compile(rf"{_DAY}(?: ?{_CLOCK})?(?: ?~ ?{_DAY_AGAIN}(?: ?{_CLOCK})?)?"),
        says="a day such as 2026年11月20日, with or without the hour",
        narrows=True,
    ),
    "keyword": FieldType(limit=20, cuts=True),  # old industry templates fold at 20 instead of failing
}

DEAD = frozenset({"first", "remark"})  # not shown any more since 2023 (reference §5.1)


def type_of(key: str) -> FieldType | None:
    """The type a field key names, if the platform knows it."""
    found = _KEY.fullmatch(key)
    return TYPES.get(found[1]) if found is not None else None


def fit(key: str, value: str) -> str:
    """`value` as the field `key` can carry it: one line, no emoji, shortened with `…` where its type allows.

    Raises:
        FieldError: an unknown key, nothing left to say, or a value of the wrong form.
    """
    kind = type_of(key)
    if kind is None:
        raise FieldError(key, [_strange(key)])
    words = " ".join(_EMOJI.sub("", clean(value)).split())
    if kind.narrows:
        words = _narrow(words)
    if not words:
        raise FieldError(key, ["nothing to say; WeChat refuses empty fields"])
    limit = _limit(key, kind, words)
    if kind.cuts and len(words) > limit:
        words = words[: limit - 1].rstrip() + ELLIPSIS
    problems = _faults(kind, words, limit)
    if problems:
        raise FieldError(key, problems)
    return words


def check(key: str, value: str) -> list[str]:
    """What WeChat would dislike about `value` as it is, in sentences; also what `fit` would have to change."""
    kind = type_of(key)
    if kind is None:
        return [_strange(key)]
    try:
        fitted = fit(key, value)
    except FieldError as error:
        return list(error.problems)
    if fitted == value:
        return []
    if len(value) > _limit(key, kind, value):
        return [f"longer than {_limit(key, kind, value)} characters, would be shortened to {fitted!r}"]
    return [f"would be sent as {fitted!r}"]


def _faults(kind: FieldType, words: str, limit: int) -> list[str]:
    problems = []
    if kind.form is not None and kind.form.fullmatch(words) is None:
        problems.append(f"must be {kind.says}")
    if len(words) > limit:
        problems.append(f"has {len(words)} characters, WeChat takes {limit}")
    return problems


def _limit(key: str, kind: FieldType, words: str) -> int:
    """A name holds 20 letters and symbols, but 10 characters once one of them is Chinese."""
    if key.startswith("name") and any(unicodedata.east_asian_width(character) in "WF" for character in words):
        return 10
    return kind.limit


def _narrow(words: str) -> str:
    return unicodedata.normalize("NFKC", words)


def _strange(key: str) -> str:
    if key in DEAD:
        return f"WeChat does not show {key} any more; move its words into another field"
    return f"{key!r} is not a field key such as thing1 or time2"
