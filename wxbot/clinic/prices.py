"""The one price list: what a visit type costs, in words. Whole yuan; a range, since the examination decides. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from wxbot.clinic.models import Clinic, VisitType

FREE = "免费"
ASK = "面诊后告诉您"


def price_words(kind: VisitType) -> str:
    """180–320 元, 180 元起, 不超过 320 元, 200 元, 免费; where no price is given, that the doctor will tell."""
    low, high = kind.price_from, kind.price_to
    match low, high:
        case None, None:
            return ASK
        case 0, None | 0:
            return FREE
        case None, int():
            return f"不超过 {high} 元"
        case int(), None:
            return f"{low} 元起"
    return f"{low} 元" if low == high else f"{low}–{high} 元"


def price_list(kinds: Iterable[VisitType]) -> str:
    """A line per visit type: `洁牙 180–320 元`."""
    return "\n".join(f"{kind.name} {price_words(kind)}" for kind in kinds)


def with_valid_prices(clinic: Clinic, day: date) -> Clinic:
    """The clinic without the prices that may not be said on that local day any more (A3-03)."""
    if all(kind.price_until is None or kind.price_until >= day for kind in clinic.visit_types):
        return clinic
    kinds = (
        kind if kind.price_until is None or kind.price_until >= day else replace(kind, price_from=None, price_to=None)
        for kind in clinic.visit_types
    )
    return replace(clinic, visit_types=tuple(kinds))
