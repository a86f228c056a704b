"""What staff read when the rest of a visit's time is free again, and when an undo finds it given to somebody else."""

from aiohttp import web

from wxbot.booking.errors import GivenAwayError
from wxbot.booking.models import Appointment
from wxbot.web.console.board_answers import place_words
from wxbot.web.console.frame import now_of, services_of

MOST_NAMED = 3  # of those who have the time by now


def freed_words(request: web.Request, visit: Appointment) -> str:
    """From when its time can be booked again; empty where nothing is left of it."""
    if visit.freed_from is None or visit.overbooked:
        return ""
    at = visit.freed_from.astimezone(services_of(request).clinic.timezone)
    return f"，{at:%H:%M} 起的时间空出来了，可以约给别人"


async def given_away_words(request: web.Request, visit: Appointment, error: GivenAwayError) -> str:
    """Who has what was left of that visit's time, and what can be done instead of an undo."""
    services, now = services_of(request), now_of(request)
    patients = await services.patients.patients({each.patient_id for each in error.others})
    named = []
    for each in error.others[:MOST_NAMED]:
        known = patients.get(each.patient_id)
        name = (
            "这位患者自己" if each.patient_id == visit.patient_id else (known.name if known else None) or "另一位患者"
        )
        named.append(f"{name}（{place_words(services.clinic, each.start, each.practitioner_id, now)}）")
    if error.held or not named:
        named.append("一位正在预约的患者（暂时保留）")
    return f"不能撤销：空出来的时间已经给了{'、'.join(named)}。请先把那次改到别的时间，或者给这位患者另约、加号。"
