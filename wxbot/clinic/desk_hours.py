"""When somebody at the clinic answers patients: while at least one practitioner receives. Pure."""

from datetime import UTC, datetime, timedelta

from wxbot.clinic.hours import openings
from wxbot.clinic.models import Clinic

DAYS_LOOKED_AT = 60  # longer than any festival and any closure that a clinic has told of


def answered_from(clinic: Clinic, now: datetime) -> datetime | None:
    """When the next answer can be given: `now` while the clinic is open, else the start of its next opening.

    Closures, statutory holidays and weekly hours count; an hour that ends is not open any more. None when nobody
    receives in the next 60 days.
    """
    today = now.astimezone(clinic.timezone).date()
    for ahead in range(DAYS_LOOKED_AT):
        spans = [
            span
            for person in clinic.practitioners
            if not person.retired
            for span in openings(clinic, person, today + timedelta(days=ahead))
            if span.end > now
        ]
        if spans:
            return max(now, min(span.start for span in spans)).astimezone(UTC)
    return None
