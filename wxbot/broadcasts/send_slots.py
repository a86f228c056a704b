"""Send slots of a broadcast: due times spread evenly over the hours in which staff can answer replies. Pure."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from wxbot.clinic.hours import openings
from wxbot.clinic.models import Clinic
from wxbot.outbox.policy import quiet_until

LONGEST = timedelta(days=90)  # a broadcast that takes longer is not one message at one time any more


def turns(clinic: Clinic, start: datetime, per_hour: int) -> Iterator[datetime]:
    """The first, second … due time from `start` on, in UTC: `per_hour` of them in an hour that is open.

    Closed hours, closures, holidays and quiet hours are passed over. Ends after 90 days, so a clinic that never
    opens gets none.
    """
    gap = timedelta(hours=1) / per_hour
    moment = start
    day = start.astimezone(clinic.timezone).date()
    while day <= (start + LONGEST).astimezone(clinic.timezone).date():
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
    """When at least one person receives on a local day: everybody's hours laid over each other, earliest first."""
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
