"""Send slots of a broadcast: due times spread evenly over the hours in which staff can answer replies. Pure."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from wxbot.clinic.hours import openings
from wxbot.clinic.models import Clinic
from wxbot.outbox.policy import quiet_until

LONGEST_BROADCAST = timedelta(days=90)  # from the start to the last slot


def slot_times(clinic: Clinic, start: datetime, per_hour: int) -> Iterator[datetime]:
    """The due times from `start` on, in UTC: `per_hour` of them in an opening hour.

    Closed hours, closures, holidays and quiet hours are skipped. Ends after 90 days; none if the clinic does not open.
    """
    gap = timedelta(hours=1) / per_hour
    moment = start
    day = start.astimezone(clinic.timezone).date()
    while day <= (start + LONGEST_BROADCAST).astimezone(clinic.timezone).date():
        for opens, closes in _open_hours(clinic, day):
            moment = max(moment, opens)
            while moment < closes:
                until = quiet_until(moment, clinic.timezone, clinic.sending.quiet_hours)
                if until is not None:
                    moment = until
                    continue
                yield moment
                moment += gap
        day += timedelta(days=1)


def _open_hours(clinic: Clinic, day: date) -> list[tuple[datetime, datetime]]:
    """The hours of a local day in which any practitioner receives: all their hours joined, earliest first."""
    spans = sorted(
        (opening.start, opening.end)
        for person in clinic.practitioners
        if not person.retired
        for opening in openings(clinic, person, day)
    )
    joined: list[tuple[datetime, datetime]] = []
    for opens, closes in spans:
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(closes, joined[-1][1]))
        else:
            joined.append((opens, closes))
    return joined
