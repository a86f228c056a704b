"""Searching by digits, which can tell a masked telephone: noted, and bounded for who may not see the whole number.

A page shows `138****8888`. Whoever could search for `1380`, then `13800` … would have the rest in forty searches. So
who may not reveal telephones finds them by the four digits that every page shows, or by a whole number that they know
already; each such search counts, so that ten thousand whole numbers are not tried either. Record numbers are found by
any part.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.patients.search_keys import HEAD, TAIL
from wxbot.patients.stores.digit_searches import DigitSearchStore

REVEAL = "patients:phone:reveal"
FEWEST_DIGITS = 3  # in one search, from which on it is one by digits
SHOWN_TAIL = 4  # digits that stay visible in a masked telephone
WHOLE = 11  # digits of a mobile number; landlines with their area code have as many or more
WINDOWS = ((timedelta(hours=1), 40), (timedelta(days=1), 120))  # searches by digits of one who may not reveal
TOO_MANY = "按数字搜索的次数太多了，请过一会儿再试；按姓名或拼音搜索不受限制。需要核对电话，请找能查看手机号的同事。"


def digits_in(query: str) -> int:
    """How many digits a search holds, however they are written and grouped."""
    return sum(sign.isdecimal() for sign in query)


def without_guesses(words: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """What to look for, without the ways in which a part of a telephone is found that no page shows."""
    return tuple(tuple(way for way in ways if _harmless(way)) for ways in words)


def _harmless(way: str) -> bool:
    if way.startswith(HEAD):
        return False
    typed = len(way) - len(TAIL)
    return not way.startswith(TAIL) or typed == SHOWN_TAIL or typed >= WHOLE


async def allowed(store: DigitSearchStore, *, by: Actor, now: datetime) -> bool:
    """Count a search by digits of somebody who may not reveal telephones; False when there were too many."""
    for span, most in WINDOWS:
        seconds = int(span.total_seconds())
        if await store.count(f"{by.id}:{seconds}", int(now.timestamp()) // seconds) > most:
            return False  # what is refused in this hour does not count for the day
    return True


async def note(audit: AuditTrail, typed: int, hits: int | None, *, by: Actor, now: datetime) -> None:
    """Who searched by how many digits and found how many (None: it was refused); never the digits."""
    outcome = "次数太多，没有查" if hits is None else f"列出 {hits} 位患者"
    words = f"按 {typed} 位数字搜索患者，{outcome}"
    await audit.record(AuditAction.PATIENT_SEARCHED, "search:", by=by, now=now, summary=words)
