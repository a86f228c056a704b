"""Booking windows: from when and until when an hour may be booked, by whom. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import gcd
from typing import Self

from wxbot.actors import Actor
from wxbot.booking.models import Booker
from wxbot.clinic.models import BookingWindow, Clinic, VisitType

STAFF_HORIZON_DAYS = 2 * 366  # how far ahead staff may book: beyond it, a year was mistyped
STAFF_GRID_MINUTES = 15  # the rows of the day board; patients are offered the clinic's own, coarser grid


def booker_of(by: Actor, said: Booker | None, *, seen: bool) -> Booker:
    """Whose window counts for a change made by somebody: staff's own only where staff make it."""
    if by.is_staff:
        return said or Booker.STAFF
    if said is not None and said is not Booker.STAFF:
        return said
    return Booker.RETURNING if seen else Booker.NEW


def grid_minutes(clinic: Clinic, booker: Booker) -> int:
    """The steps in which hours begin. Those of staff contain the patients', so staff may take whatever is offered."""
    return gcd(clinic.slot_minutes, STAFF_GRID_MINUTES) if booker is Booker.STAFF else clinic.slot_minutes


@dataclass(frozen=True, slots=True)
class Bookable:
    """What may be booked at a moment: local days from first to last, starts from `earliest` on.

    `today_closed`: the visit type's hour for bookings of the same day is over, so `first` is tomorrow.
    """

    now: datetime
    today: date
    first: date
    last: date
    earliest: datetime
    lead_minutes: int
    today_closed: bool
    booker: Booker

    @classmethod
    def at(
        cls, clinic: Clinic, now: datetime, visit_type: VisitType | None = None, booker: Booker = Booker.RETURNING
    ) -> Self:
        """By the visit type's window for that booker; what it leaves open keeps the clinic's own rule."""
        local = now.astimezone(clinic.timezone)
        today = local.date()
        if booker is Booker.STAFF:
            return cls(now, today, today, today + timedelta(days=STAFF_HORIZON_DAYS), now, 0, False, booker)  # noqa: FBT003
        window = BookingWindow() if visit_type is None else _window(visit_type, booker)
        lead = clinic.lead_minutes if window.lead_minutes is None else window.lead_minutes
        horizon = clinic.horizon_days if window.horizon_days is None else window.horizon_days
        closed = window.same_day_until is not None and local.time() >= window.same_day_until
        return cls(
            now=now,
            today=today,
            first=today + timedelta(days=1) if closed else today,
            last=today + timedelta(days=horizon),
            earliest=now + timedelta(minutes=lead),
            lead_minutes=lead,
            today_closed=closed,
            booker=booker,
        )


def _window(visit_type: VisitType, booker: Booker) -> BookingWindow:
    if booker is Booker.NEW and visit_type.new_window is not None:
        return visit_type.new_window
    return visit_type.window
