"""Adds the patients' pages to the application: templates, middleware, routes."""

from datetime import date, datetime
from urllib.parse import quote

import aiohttp_jinja2
import jinja2
from aiohttp import web

from wxbot.booking.models import AppointmentState
from wxbot.booking.sentences import day_words, hour_words, moment_words, practitioner_words
from wxbot.clinic.models import Clinic, VisitType
from wxbot.clinic.prices import price_words
from wxbot.patients.birthday_sentence import birthday_sentence
from wxbot.patients.masking import phone as masked_phone
from wxbot.patients.models import Birthday, GuardianRelation, Patient, Relation
from wxbot.web.patient import files
from wxbot.web.patient.frame import JINJA
from wxbot.web.patient.keys import LIMITS, PAGES, Limits, PatientPages
from wxbot.web.patient.routes import ROUTES
from wxbot.web.patient.security import add_headers, guard

MAP = "https://apis.map.qq.com/uri/v1/search?keyword={}&referer=wxbot"  # opens the map app; carries our address only


def install_patient_pages(app: web.Application, pages: PatientPages) -> None:
    """Make the pages part of `app`, which has its services already. Their middleware touches nothing outside /w/."""
    app[PAGES] = pages
    app[LIMITS] = Limits()
    aiohttp_jinja2.setup(
        app,
        app_key=JINJA,
        loader=jinja2.FileSystemLoader(files.PAGES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        context_processors=[],
    )
    environment = aiohttp_jinja2.get_env(app, app_key=JINJA)
    environment.filters.update(
        day_words=_day,
        moment_words=_moment,
        clock_words=_clock,
        name_of=_name,
        price=_price,
        doctor=practitioner_words,
        phone=_phone,
        birthday=_birthday,
    )
    environment.globals.update(
        file=files.address,
        map_link=_map,
        Relation=Relation,
        State=AppointmentState,
        guardian_relations=tuple(GuardianRelation),
    )
    app.middlewares.append(guard)
    app.on_response_prepare.append(add_headers)
    for method, path, handler in ROUTES:
        app.router.add_route(method, path, handler)


def _day(day: date) -> str:
    return day_words(day)


def _moment(at: datetime, clinic: Clinic) -> str:
    return moment_words(at, clinic.timezone)


def _clock(at: datetime, clinic: Clinic) -> str:
    return hour_words(at.astimezone(clinic.timezone).time())


def _name(kind: VisitType | None) -> str:
    return kind.name if kind is not None else ""


def _price(kind: VisitType) -> str:
    return price_words(kind)


def _phone(patient: Patient | None) -> str:
    return masked_phone(patient.phone) if patient is not None else ""


def _birthday(birthday: Birthday | None) -> str:
    return birthday_sentence(birthday) if birthday is not None else ""


def _map(clinic: Clinic) -> str:
    return MAP.format(quote(f"{clinic.address} {clinic.name}", safe=""))
