"""An appointment as a calendar file: one VEVENT (RFC 5545). Pure."""

from datetime import datetime

from wxbot.booking.icalendar import calendar, moment, sequence, text, uid
from wxbot.booking.models import Appointment
from wxbot.booking.sentences import practitioner_words
from wxbot.clinic.models import Clinic


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
        f"UID:{uid(appointment)}",
        f"DTSTAMP:{moment(now)}",
        f"SEQUENCE:{sequence(appointment)}",
        f"DTSTART:{moment(appointment.start)}",
        f"DTEND:{moment(appointment.end)}",
        f"SUMMARY:{text(' '.join(part for part in (clinic.name, what, whom) if part))}",
        f"LOCATION:{text(clinic.address)}",
        f"DESCRIPTION:{text(chr(10).join(about))}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{text(what)}",
        "TRIGGER:-PT2H",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return calendar(lines)
