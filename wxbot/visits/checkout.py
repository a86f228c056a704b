"""Nobody leaves without the next visit or a reason (A4-19). Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo

from wxbot.booking.models import Appointment
from wxbot.visits.models import MOST_WORDS
from wxbot.visits.rules import VisitDayRules, found

NEEDED = "请先约好下一次，或选择没有约的原因，再登记离开。"
SAY_WHY = "请写一句原因。"


def next_visit(coming: Iterable[Appointment], now: datetime, zone: tzinfo) -> Appointment | None:
    """The first of a patient's visits that are booked for a later local day than today; one of today does not count."""
    today = now.astimezone(zone).date()
    later = [each for each in coming if each.live and each.start.astimezone(zone).date() > today]
    return min(later, key=lambda each: each.start, default=None)


def checkout_faults(reason: str, words: str, rules: VisitDayRules) -> Mapping[str, str]:
    """Field → sentence for staff, for somebody who has no next visit; empty when they may leave."""
    if not reason:
        return {"reason": NEEDED}
    chosen = found(rules.no_next, reason)
    if chosen is None:
        return {"reason": "请从列表中选择"}
    if chosen.words and not words:
        return {"words": SAY_WHY}
    return {"words": f"最多 {MOST_WORDS} 字"} if len(words) > MOST_WORDS else {}
