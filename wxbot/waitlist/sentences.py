"""How needs and offers read, to patients and to staff. Pure."""

from datetime import date, datetime, tzinfo

from wxbot.booking.sentences import (
    WEEKDAY_NAMES,
    clock_words,
    day_words,
    hour_words,
    near_day_words,
    practitioner_words,
)
from wxbot.clinic.models import Clinic
from wxbot.waitlist.models import Need, Offer

ANY_DOCTOR = "不限医生"
ANY_TIME = "时间不限"


def kind_words(need: Need, clinic: Clinic) -> str:
    """口腔检查."""
    kind = clinic.visit_type(need.visit_type_id)
    return kind.name if kind is not None else str(need.visit_type_id)


def doctor_words(need: Need, clinic: Clinic) -> str:
    """周明远医生、陈晓晴医生; 不限医生."""
    found = [clinic.practitioner(each) for each in need.practitioners]
    return "、".join(practitioner_words(each) for each in found if each is not None) or ANY_DOCTOR


def when_words(need: Need, today: date) -> str:
    """11月24日 周二; 11月24日 周二到12月1日 周二，周一、周三，上午."""
    first = max(need.first, today)
    days = day_words(first) if first >= need.last else f"{day_words(first)}到{day_words(need.last)}"
    weekdays = "、".join(WEEKDAY_NAMES[each] for each in sorted(need.weekdays))
    parts = "、".join(each.label for each in need.parts)
    return "，".join(each for each in (days, weekdays, parts or ANY_TIME) if each)


def need_words(need: Need, clinic: Clinic, today: date) -> str:
    """口腔检查 · 不限医生 · 11月24日 周二，上午."""
    return " · ".join((kind_words(need, clinic), doctor_words(need, clinic), when_words(need, today)))


def offer_variables(need: Need, offer: Offer, clinic: Clinic, now: datetime) -> dict[str, str]:
    """What the wording of an offer may name."""
    zone: tzinfo = clinic.timezone
    start, today = offer.start.astimezone(zone), now.astimezone(zone).date()
    practitioner = clinic.practitioner(offer.practitioner_id)
    return {
        "visit_type": kind_words(need, clinic),
        "practitioner": practitioner_words(practitioner) if practitioner is not None else "",
        "title": practitioner.title if practitioner is not None else "",
        "date": near_day_words(start.date(), today),
        "time": hour_words(start.time()),
        "hold_until": hour_words(offer.until.astimezone(zone).time()),
        "time_field": f"{start.year}年{start.month}月{start.day}日 {start:%H:%M}",
    }


def offer_words(offer: Offer, clinic: Clinic, now: datetime) -> str:
    """今天 15:30 周明远医生, for staff."""
    practitioner = clinic.practitioner(offer.practitioner_id)
    who = practitioner_words(practitioner) if practitioner is not None else str(offer.practitioner_id)
    return f"{clock_words(offer.start, clinic.timezone, now)} {who}"
