"""The platform on HTTP: the WeChat API, the control API and the phone page in one aiohttp application."""

from pathlib import Path

from aiohttp import web

from wxbot.simulator import control
from wxbot.simulator.api.gate import Gate
from wxbot.simulator.api.table import ENDPOINTS
from wxbot.simulator.open_tags import add_open_tags
from wxbot.simulator.platform import Platform

LARGEST_BODY = 32 * 1024 * 1024  # bytes; the largest upload is 10 MB, more must be refused by its own code
HERE = Path(__file__).parent
PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(platform: Platform, *, clock_hook: str | None = None) -> web.Application:
    """The application; it starts and stops the platform with itself.

    `clock_hook`: a URL that is told `{"advance_seconds": n}` whenever the control API moves the clock (demo only).
    """
    app = web.Application(client_max_size=LARGEST_BODY)
    gate = Gate(platform)
    for endpoint in ENDPOINTS:
        app.router.add_route("*", endpoint.path, gate.handler(endpoint))
    control.add_routes(app, platform, clock_hook)
    add_open_tags(app, platform)
    app.router.add_get("/", _phone)
    if (HERE / "static").is_dir():
        app.router.add_static("/static", HERE / "static")

    async def start(_: web.Application) -> None:
        await platform.start()

    async def say_goodbye(_: web.Application) -> None:
        platform.listeners.close()  # or the open event streams would hold the shutdown up

    async def stop(_: web.Application) -> None:
        await platform.stop()

    app.on_response_prepare.append(_revalidate)
    app.on_startup.append(start)
    app.on_shutdown.append(say_goodbye)
    app.on_cleanup.append(stop)
    return app


async def _phone(_: web.Request) -> web.StreamResponse:
    page = HERE / "pages" / "phone.html"
    if not page.is_file():
        raise web.HTTPNotFound(text="the phone page is not installed")
    return web.FileResponse(page, headers=PAGE_HEADERS)


async def _revalidate(request: web.Request, response: web.StreamResponse) -> None:
    """Scripts and styles are asked for again after an upgrade, and answered 304 when they are the same."""
    if request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-cache"
