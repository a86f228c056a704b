"""The application: every route, top to bottom."""

from http import HTTPStatus

from aiohttp import web

from wxbot.clock import Clock
from wxbot.dispatch.dispatcher import Dispatcher
from wxbot.services import Services
from wxbot.unanswered import UnansweredPushes
from wxbot.web import demo, health, webhook
from wxbot.web.calendar_feeds import install_calendar_feeds
from wxbot.web.connections import finish_headers
from wxbot.web.console.install import install_console
from wxbot.web.console.keys import ConsoleSettings
from wxbot.web.keys import CLOCK, DISPATCHER, GATEWAY, MOVE_CLOCK, READINESS, UNANSWERED, Gateway, MoveClock, Probe
from wxbot.web.patient.install import install_patient_pages
from wxbot.web.patient.keys import PatientPages

BODY_LIMIT = 64 * 1024  # bytes; a push is far smaller; the console widens it for its own forms


def create_app(  # noqa: PLR0913 - what its pages need, all keyword-only
    *,
    gateway: Gateway,
    dispatcher: Dispatcher,
    clock: Clock,
    readiness: dict[str, Probe],
    unanswered: UnansweredPushes,
    services: Services,
    console: ConsoleSettings,
    patient_pages: PatientPages | None = None,
    move_clock: MoveClock | None = None,
) -> web.Application:
    """Build the application. `move_clock` is given in the demo only; without `patient_pages` there are none."""
    app = web.Application(client_max_size=BODY_LIMIT)
    app.on_response_prepare.append(finish_headers)
    app[GATEWAY] = gateway
    app[DISPATCHER] = dispatcher
    app[CLOCK] = clock
    app[READINESS] = readiness
    app[UNANSWERED] = unanswered
    app.router.add_get("/wechat/callback", webhook.verify)
    app.router.add_post("/wechat/callback", webhook.receive)
    app.router.add_get("/", _enter)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    app.router.add_get("/metrics", health.metrics)
    install_console(app, services, console)
    install_calendar_feeds(app, console.proxies)
    if patient_pages is not None:
        install_patient_pages(app, patient_pages)
    if move_clock is not None:
        app[MOVE_CLOCK] = move_clock
        app.router.add_post("/demo/clock", demo.move_clock)
    return app


async def _enter(_request: web.Request) -> web.StreamResponse:
    """The bare address, which colleagues type, leads to the console."""
    return web.Response(status=HTTPStatus.FOUND, headers={"Location": "/console/"})
