"""What is free again when a patient does not come or leaves early, and what an undo takes again. Pure.

Trap of booking 3.8: a missed visit kept its hour, so that nobody could use what was left of it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from wxbot.booking.claims import Claim, claims_of
from wxbot.booking.models import Appointment
from wxbot.booking.ticks import TICK_SECONDS

NO_TIME = timedelta()


def freed(appointment: Appointment, now: datetime, *, cleaning: bool) -> Appointment:
    """The appointment with what is left of its time given up; the same where nothing is left of it.

    With `cleaning` the room and the devices are kept for as long as cleaning up takes.
    """
    until = appointment.busy_until or appointment.end
    moment = _next_tick(now + (until - appointment.end if cleaning else NO_TIME))
    if appointment.freed_from is not None:
        moment = min(moment, appointment.freed_from)
    if moment >= until:
        return appointment
    return replace(appointment, freed_from=moment, taken_again_from=None)


def taken_again(appointment: Appointment, now: datetime) -> Appointment:
    """The appointment with what is still to come of its time taken again; what is past stays given up."""
    if appointment.freed_from is None:
        return appointment
    moment = max(_this_tick(now), appointment.freed_from)
    left = moment < (appointment.busy_until or appointment.end)
    return replace(appointment, taken_again_from=moment if left else None)


def claims_again(appointment: Appointment) -> Sequence[Claim]:
    """What an appointment that was freed claims again."""
    if appointment.freed_from is None or appointment.taken_again_from is None:
        return ()
    before = claims_of(replace(appointment, taken_again_from=None))
    return [claim for claim in claims_of(appointment) if claim not in before]


def _this_tick(moment: datetime) -> datetime:
    return datetime.fromtimestamp(int(moment.timestamp()) // TICK_SECONDS * TICK_SECONDS, UTC)


def _next_tick(moment: datetime) -> datetime:
    """That moment, or the end of the tick that it lies in."""
    return datetime.fromtimestamp(-(-moment.timestamp() // TICK_SECONDS) * TICK_SECONDS, UTC)
