"""What every page of the patients uses: who asks, what it answers with, and how it sends the browser on."""

from collections.abc import Mapping
from datetime import date, datetime
from http import HTTPStatus
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web

from wxbot.clinic.models import Clinic
from wxbot.clinic.prices import with_valid_prices
from wxbot.errors import ClinicError, DomainError
from wxbot.patients.models import Contact
from wxbot.services import Services
from wxbot.web.console.keys import SERVICES
from wxbot.web.patient.keys import CONTACT, FORM_TOKEN

JINJA = web.AppKey("patient_jinja2", jinja2.Environment)  # these pages have an environment of their own


def services_of(request: web.Request) -> Services:
    """The rooms' use cases."""
    return request.app[SERVICES]


def contact_of(request: web.Request) -> Contact:
    """Who asks; put there by the guard."""
    return request[CONTACT]


def now_of(request: web.Request) -> datetime:
    """The clinic's time."""
    return services_of(request).clock.now()


def today_of(request: web.Request) -> date:
    """The clinic's date."""
    return now_of(request).astimezone(services_of(request).clinic.timezone).date()


def clinic_of(request: web.Request) -> Clinic:
    """The clinic, without prices that may not be said any more (A3-03)."""
    return with_valid_prices(services_of(request).clinic, today_of(request))


def page(
    request: web.Request, template: str, context: Mapping[str, Any] | None = None, *, status: int = HTTPStatus.OK
) -> web.StreamResponse:
    """A whole page."""
    whole = {
        "clinic": clinic_of(request),
        "form_token": request.get(FORM_TOKEN, ""),
        "said": lambda key: said(request, key),
        **(context or {}),
    }
    return aiohttp_jinja2.render_template(template, request, whole, app_key=JINJA, status=status)


class NothingShownError(ClinicError):
    """The page is refused with one notice: why nothing is shown, and what helps. `kind` is a block of notice.html."""

    def __init__(self, kind: str, status: int) -> None:
        super().__init__(kind)
        self.kind = kind
        self.status = status


def notice(request: web.Request, kind: str, status: int) -> web.StreamResponse:
    """The page of such a refusal."""
    return page(request, "notice.html", {"kind": kind}, status=status)


def words_of(request: web.Request, error: DomainError) -> str:
    """A refusal in the clinic's own words for patients."""
    services = services_of(request)
    return services.templates.render(error.wording, {**services.templates.common, **error.variables}).text


def said(request: web.Request, key: str) -> str:
    """A sentence of the templates, with what every wording may name."""
    templates = services_of(request).templates
    return templates.render(key, templates.common).text


def see_other(location: str) -> web.StreamResponse:
    """On to another page after a write, so that a reload writes nothing."""
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": location})


async def typed(request: web.Request, *fields: str) -> dict[str, str]:
    """The fields of a form; a missing one, or a file, is empty."""
    form = await request.post()
    values = {name: form.get(name, "") for name in fields}
    return {name: value.strip() if isinstance(value, str) else "" for name, value in values.items()}
