"""An appointment as a calendar file: one VEVENT (RFC 5545). Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime

from wxbot.booking.models import Appointment
from wxbot.booking.sentences import practitioner_words
from wxbot.clinic.models import Clinic

LONGEST_LINE = 75  # octets without the line break (RFC 5545, section 3.1)
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


def calendar_file(appointment: Appointment, clinic: Clinic, now: datetime) -> bytes:
    """The visit with place and a reminder two hours ahead. Names nobody: calendars are shared and looked over.

    A later version of the same visit replaces the earlier one in the calendar (UID, SEQUENCE).
    """
    visit_type = clinic.visit_type(appointment.visit_type_id)
    practitioner = clinic.practitioner(appointment.practitioner_id)
    what = visit_type.name if visit_type is not None else "就诊"
    whom = practitioner_words(practitioner) if practitioner is not None else ""
    about = [f"电话：{clinic.phone}"]
    if visit_type is not None and visit_type.bring:
        about.insert(0, visit_type.bring)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//wxbot//appointment//ZH",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{appointment.id}@wxbot",
        f"DTSTAMP:{_moment(now)}",
        f"SEQUENCE:{appointment.version - 1}",
        f"DTSTART:{_moment(appointment.start)}",
        f"DTEND:{_moment(appointment.end)}",
        f"SUMMARY:{_text(' '.join(part for part in (clinic.name, what, whom) if part))}",
        f"LOCATION:{_text(clinic.address)}",
        f"DESCRIPTION:{_text(chr(10).join(about))}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(what)}",
        "TRIGGER:-PT2H",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line)).encode()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    return words.translate(_ESCAPES)


def _folded(line: str) -> Iterator[str]:
    """A line in pieces of at most 75 octets; no character is torn apart, and each further piece begins with a space."""
    piece, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > LONGEST_LINE:
            yield piece
            piece, size = " ", 1
        piece, size = piece + character, size + octets
    yield piece
