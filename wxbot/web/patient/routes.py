"""Every address of the patients' pages. GET changes nothing; every POST carries the session's form token."""

from aiohttp import web

from wxbot.web.patient import (
    appointments,
    booking,
    doctors,
    files,
    login,
    moving,
    own_data,
    people,
    privacy,
    questionnaire,
    surveys,
    waitlist,
)
from wxbot.web.patient.frame import page
from wxbot.web.patient.keys import Handler


async def home(request: web.Request) -> web.StreamResponse:
    """GET /w/: where one can go."""
    return page(request, "home.html")


ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/w/", home),
    ("GET", "/w/login", login.back),
    ("GET", privacy.PATH, privacy.notice),
    ("GET", "/w/static/{name}", files.serve),
    ("GET", "/w/photos/{photo_id}", files.photo),
    ("GET", "/w/book", booking.types),
    ("GET", "/w/book/time", booking.times),
    ("POST", "/w/book/hold", booking.hold),
    ("GET", "/w/book/confirm", booking.confirm),
    ("POST", "/w/book/release", booking.release),
    ("POST", "/w/book", booking.book),
    ("GET", "/w/people/new", people.new),
    ("POST", "/w/people", people.add),
    ("GET", "/w/appointments", appointments.mine),
    ("GET", "/w/appointments/{appointment_id}", appointments.show),
    ("GET", "/w/appointments/{appointment_id}/calendar.ics", appointments.calendar),
    ("POST", "/w/appointments/{appointment_id}/confirm", appointments.confirm),
    ("GET", "/w/appointments/{appointment_id}/move", moving.choose),
    ("POST", "/w/appointments/{appointment_id}/hold", moving.hold),
    ("GET", "/w/appointments/{appointment_id}/move/confirm", moving.confirm),
    ("POST", "/w/appointments/{appointment_id}/release", moving.release),
    ("POST", "/w/appointments/{appointment_id}/move", moving.move),
    ("GET", "/w/appointments/{appointment_id}/questions", questionnaire.show),
    ("POST", "/w/appointments/{appointment_id}/questions/consent", questionnaire.consent),
    ("POST", "/w/appointments/{appointment_id}/questions", questionnaire.answer),
    ("GET", "/w/appointments/{appointment_id}/cancel", appointments.ask_cancel),
    ("POST", "/w/appointments/{appointment_id}/cancel", appointments.cancel),
    ("GET", "/w/surveys/{response_id}", surveys.show),
    ("POST", "/w/surveys/{response_id}", surveys.answer),
    ("GET", "/w/waitlist", waitlist.mine),
    ("POST", "/w/waitlist", waitlist.join),
    ("GET", "/w/waitlist/join", waitlist.ask),
    ("POST", "/w/waitlist/{entry_id}/take", waitlist.take),
    ("POST", "/w/waitlist/{entry_id}/pass", waitlist.decline),
    ("POST", "/w/waitlist/{entry_id}/leave", waitlist.leave),
    ("GET", "/w/doctors", doctors.listing),
    ("GET", "/w/doctors/{practitioner_id}", doctors.card),
    ("GET", "/w/me", own_data.show),
    ("GET", "/w/me/edit", own_data.edit),
    ("POST", "/w/me/edit", own_data.save),
    ("POST", "/w/me/messages", own_data.set_topic),
    ("POST", "/w/me/health", own_data.set_health),
    ("GET", "/w/me/deletion", own_data.ask_deletion),
    ("POST", "/w/me/deletion", own_data.request_deletion),
)
