"""The application: every route, top to bottom."""

from aiohttp import web

from wxbot.clock import Clock
from wxbot.dispatch.dispatcher import Dispatcher
from wxbot.services import Services
from wxbot.web import demo, health, webhook
from wxbot.web.connections import finish_headers
from wxbot.web.console.install import install_console
from wxbot.web.console.keys import ConsoleSettings
from wxbot.web.keys import CLOCK, DISPATCHER, GATEWAY, MOVE_CLOCK, READINESS, Gateway, MoveClock, Probe

BODY_LIMIT = 64 * 1024  # bytes; a push is far smaller; the console widens it for its own forms


def create_app(  # noqa: PLR0913 - what its pages need, all keyword-only
    *,
    gateway: Gateway,
    dispatcher: Dispatcher,
    clock: Clock,
    readiness: dict[str, Probe],
    services: Services,
    console: ConsoleSettings,
    move_clock: MoveClock | None = None,
) -> web.Application:
    """Build the application. `move_clock` is given in the demo only."""
    app = web.Application(client_max_size=BODY_LIMIT)
    app.on_response_prepare.append(finish_headers)
    app[GATEWAY] = gateway
    app[DISPATCHER] = dispatcher
    app[CLOCK] = clock
    app[READINESS] = readiness
    app.router.add_get("/wechat/callback", webhook.verify)
    app.router.add_post("/wechat/callback", webhook.receive)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    app.router.add_get("/metrics", health.metrics)
    install_console(app, services, console)
    if move_clock is not None:
        app[MOVE_CLOCK] = move_clock
        app.router.add_post("/demo/clock", demo.move_clock)
    return app
