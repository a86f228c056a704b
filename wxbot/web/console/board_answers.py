"""What the board's dialogs have in common: how the board behind them learns of a change, how an hour reads."""

import json
from datetime import datetime, time

from aiohttp import web

from wxbot.booking.models import Appointment, Slot
from wxbot.booking.sentences import clock_words
from wxbot.clinic.models import Clinic, PractitionerId
from wxbot.days import read_day
from wxbot.errors import InvalidInputError
from wxbot.web.console.frame import is_fragment, see_other, services_of

CHANGED = "board-changed"  # the event by which board.js draws the board again
HOUR = 60
CLOCK = "00:00"


def finished(request: web.Request, visit: Appointment, words: str) -> web.StreamResponse:
    """The dialog is done: it closes, the words are said on the board, which is drawn again."""
    if is_fragment(request):
        told = {CHANGED: "", "board-done": {"words": words, "visit": visit.id}}
        return web.Response(headers={"HX-Trigger": json.dumps(told)})  # ASCII: a header holds nothing else
    day = visit.start.astimezone(services_of(request).clinic.timezone).date()
    return see_other(request, f"/console/board?day={day.isoformat()}&who={visit.practitioner_id}", done=words)


def moment_at(clinic: Clinic, day: str, clock: str) -> datetime:
    """The moment of a local day and a clock (09:30). Raises InvalidInputError."""
    that = read_day(day)
    hours, _, minutes = clock.partition(":")
    if len(clock) != len(CLOCK) or not (hours + minutes).isdecimal() or not (hours + minutes).isascii():
        raise InvalidInputError("no clock", sentence="请填写时间，例如 09:30。")
    if int(hours) >= 24 or int(minutes) >= HOUR:  # noqa: PLR2004 - hours of a day
        raise InvalidInputError("no clock", sentence="请填写时间，例如 09:30。")
    return datetime.combine(that, time(int(hours), int(minutes)), tzinfo=clinic.timezone)


def place_words(clinic: Clinic, start: datetime, practitioner_id: PractitionerId, now: datetime) -> str:
    """今天 15:30 陈医生."""
    person = clinic.practitioner(practitioner_id)
    return f"{clock_words(start, clinic.timezone, now)} {person.name if person else practitioner_id}"


def place_of(clinic: Clinic, slot: Slot, now: datetime) -> dict[str, str]:
    """A free hour as the dialogs offer it: what it reads like, and what an address calls it."""
    local = slot.start.astimezone(clinic.timezone)
    return {
        "words": place_words(clinic, slot.start, slot.practitioner_id, now),
        "day": local.date().isoformat(),
        "at": f"{local:%H:%M}",
        "who": slot.practitioner_id,
    }
