"""A practitioner's appointments as a calendar to subscribe to (RFC 5545): initials and visit type, nobody's name. Pure.

Whoever has the link reads it, and phones show calendars on the lock screen: no full name, no telephone, no reason.
"""

from collections.abc import Iterator, Mapping, Sequence

from wxbot.booking.icalendar import calendar, moment, sequence, text, uid
from wxbot.booking.models import Appointment, AppointmentState
from wxbot.clinic.models import Clinic, Practitioner
from wxbot.history.models import PatientId
from wxbot.pinyin import first_letters_in

REFRESH = "PT15M"  # how often a calendar should look again (RFC 7986, section 5.7)
MOST_INITIALS = 4
NOBODY = "患者"


def initials(name: str) -> str:
    """WXM for 王小明, JS for John Smith: the first letter of each character or word; empty for nobody."""
    letters = [
        letter
        for word in name.replace("·", " ").split()
        for letter in (first_letters_in(word) if not word.isascii() else [word])
    ]
    return "".join(each[0].upper() for each in letters if each[:1].isalpha() and each[0].isascii())[:MOST_INITIALS]


def feed_file(
    practitioner: Practitioner, visits: Sequence[Appointment], names: Mapping[PatientId, str], clinic: Clinic
) -> bytes:
    """The calendar. The same appointments give the same bytes, so that a reader can be told that nothing changed."""
    return calendar(_lines(practitioner, visits, names, clinic))


def _lines(
    practitioner: Practitioner, visits: Sequence[Appointment], names: Mapping[PatientId, str], clinic: Clinic
) -> Iterator[str]:
    title = text(f"{practitioner.name} · {clinic.name}")
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//wxbot//practitioner//ZH", "METHOD:PUBLISH")
    yield from (f"NAME:{title}", f"X-WR-CALNAME:{title}")
    yield from (f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}", f"X-PUBLISHED-TTL:{REFRESH}")
    for visit in sorted(visits, key=lambda each: (each.start, each.id)):
        yield from _event(visit, names.get(visit.patient_id, ""), clinic)
    yield "END:VCALENDAR"


def _event(visit: Appointment, name: str, clinic: Clinic) -> Iterator[str]:
    kind = clinic.visit_type(visit.visit_type_id)
    words = [initials(name) or NOBODY, kind.name if kind is not None else "", "初诊" if visit.new_patient else ""]
    changed = max(each for each in (visit.created_at, visit.changed_at, visit.closed_at) if each is not None)
    cancelled = visit.state is AppointmentState.CANCELLED
    yield from ("BEGIN:VEVENT", f"UID:{uid(visit)}", f"DTSTAMP:{moment(changed)}", f"SEQUENCE:{sequence(visit)}")
    yield from (f"DTSTART:{moment(visit.start)}", f"DTEND:{moment(visit.end)}")
    yield f"SUMMARY:{text(' '.join(each for each in words if each))}"
    yield f"LOCATION:{text(clinic.room_name(visit.room))}"
    yield f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}"
    yield f"TRANSP:{'TRANSPARENT' if cancelled else 'OPAQUE'}"
    yield "END:VEVENT"
