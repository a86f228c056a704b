"""Adds the console to the application: templates, middleware, routes."""

import aiohttp_jinja2
import jinja2
from aiohttp import web

from wxbot.messaging import Channel, Purpose
from wxbot.services import Services
from wxbot.web.console import board_stream, desk_stream, files, live, rates
from wxbot.web.console.failures import say_what_went_wrong
from wxbot.web.console.keys import CONSOLE, SERVICES, ConsoleSettings
from wxbot.web.console.routes.tables import ROUTES
from wxbot.web.console.routing import add_routes
from wxbot.web.console.security import add_headers, guard
from wxbot.web.console.wording import FILTERS


def install_console(app: web.Application, services: Services, settings: ConsoleSettings) -> None:
    """Make the console's pages part of `app`. Its middleware touches nothing outside /console."""
    app[SERVICES] = services
    app[CONSOLE] = settings
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(files.PAGES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # pages change with the version only; else each is looked for on the disk at every use
        filters=FILTERS,
        context_processors=[],
    )
    aiohttp_jinja2.get_env(app).globals.update(file=files.address, Channel=Channel, Purpose=Purpose)
    app.middlewares.extend([say_what_went_wrong, guard])
    app.on_response_prepare.append(add_headers)
    add_routes(app, ROUTES)
    app[rates.RATES] = rates.Rates()
    app[live.BOARD] = live.Board(services)
    app[board_stream.OPEN_DAYS] = board_stream.OpenDays(services)
    app.on_shutdown.extend([live.close, desk_stream.close, board_stream.close])
