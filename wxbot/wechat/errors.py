"""What a platform code means and what to do about it. The table itself is error_table.py (reference §8)."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from wechatpy.constants import WeChatErrorCode

from wxbot.errors import Reaction
from wxbot.wechat.error_table import ROWS, Row

BEIJING = ZoneInfo("Asia/Shanghai")  # the platform's day, wherever the clinic is
UNKNOWN_BEFORE_ALARM = 5  # times one unknown code is only dropped and logged
UNKNOWN_ADVICE = "微信返回了一个未登记的错误码，消息没有发出；若反复出现，请转给开发人员。"
AFTER_MIDNIGHT = timedelta(minutes=5)  # the platform's counters are not exact to the second

TOKEN_CODES = frozenset({40001, 40014, 42001})  # refresh once, repeat once
RESTART_LOGIN_CODES = frozenset({40029, 40030, 40163, 42002, 42003, 42007})  # begin the page's login again
BUSY_CODES = frozenset({-1, -1000, 268487001, 268487002, 9001002})  # certainly worth another try of a read
NO_MENU = 46003
IP_NOT_LISTED = frozenset({40164, 61004})  # both mean it, and for every call
FIELD_UNFIT = 47003
ADDRESS = re.compile(r"(?:invalid ip|requestIP:?) ([0-9A-Fa-f.:]+)", re.IGNORECASE)
FIELD = re.compile(r"\bdata\.([A-Za-z_]+\d*)\.value\b")
REQUEST_ID = re.compile(r"\brid:\s*([0-9A-Za-z-]+)")


@dataclass(frozen=True, kw_only=True)
class ErrorEntry:
    """One code. `advice` is a sentence for staff; `retry_after_seconds` is set where the platform names a time."""

    code: int
    name: str
    reaction: Reaction
    advice: str
    retry_after_seconds: float | None = None
    until_midnight: bool = False  # wait until 00:00 Beijing time
    alarm: bool = False  # an operator should know, with any reaction
    bug: bool = False  # our own mistake
    known: bool = True

    def wait_seconds(self, now: datetime) -> float | None:
        """How long to wait before another try makes sense; None when no time is known."""
        if not self.until_midnight:
            return self.retry_after_seconds
        here = now.astimezone(BEIJING)
        midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight + AFTER_MIDNIGHT - here).total_seconds()


def explain(code: int) -> ErrorEntry:
    """What `code` means to us. An unknown code is dropped; see UnknownCodes for when it alarms."""
    entry = TABLE.get(code)
    if entry is not None:
        return entry
    return ErrorEntry(
        code=code, name=_name(code), reaction=Reaction.DROP, advice=f"{UNKNOWN_ADVICE}（错误码 {code}）", known=False
    )


def advice_for(entry: ErrorEntry, message: str) -> str:
    """The entry's advice with what only the platform's message says: which IP is not listed, which field is unfit."""
    address = ADDRESS.search(message) if entry.code in IP_NOT_LISTED else None
    if address:
        return f"{entry.advice}需要添加的 IP：{address[1]}。"
    unfit = field_of(entry, message)
    return f"{entry.advice}不合格式的字段：{unfit}。" if unfit else entry.advice


def field_of(entry: ErrorEntry, message: str) -> str:
    """The field that 47003 names (reference §5.2); empty without one."""
    found = FIELD.search(message) if entry.code == FIELD_UNFIT else None
    return found[1] if found else ""


def request_id(message: str) -> str:
    """The rid at the end of an errmsg, by which the platform can be asked for 7 days; empty without one."""
    found = REQUEST_ID.search(message)
    return found[1] if found else ""


class UnknownCodes:
    """Counts codes the table does not know: a few are dropped, then each one alarms (reference §8)."""

    def __init__(self, before_alarm: int = UNKNOWN_BEFORE_ALARM) -> None:
        self._before_alarm = before_alarm
        self._seen: Counter[int] = Counter()

    def judge(self, entry: ErrorEntry) -> ErrorEntry:
        """The entry as it counts this time."""
        if entry.known:
            return entry
        self._seen[entry.code] += 1
        if self._seen[entry.code] <= self._before_alarm:
            return entry
        return replace(entry, reaction=Reaction.ALARM, alarm=True)


def _name(code: int) -> str:
    try:
        return str(WeChatErrorCode(code).name).lower()
    except ValueError:
        return f"code_{code}"


def _codes(text: str) -> list[int]:
    """Expand "40015-40028 40033". A leading minus is a sign."""
    codes: list[int] = []
    for part in text.split():
        first, dash, last = part.partition("-") if not part.startswith("-") else (part, "", "")
        codes.extend(range(int(first), int(last) + 1) if dash else [int(first)])
    return codes


def _entry(code: int, row: Row) -> ErrorEntry:
    return ErrorEntry(
        code=code,
        name=_name(code),
        reaction=row.reaction,
        advice=row.advice,
        retry_after_seconds=row.wait,
        until_midnight=row.until_midnight,
        alarm=row.alarm or row.reaction is Reaction.ALARM,
        bug=row.bug,
    )


TABLE = {code: _entry(code, row) for row in ROWS for code in _codes(row.codes)}
