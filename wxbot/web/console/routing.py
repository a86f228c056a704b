"""What a line of the route table is, and how the table becomes the application's routes."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from wxbot.web.console.keys import Handler

ANYBODY = ""  # no account needed: the sign-in form and the console's own files
SIGNED_IN = "signed-in"  # any account


@dataclass(frozen=True)
class Route:
    """One address: `permission` is `area:resource:action`, ANYBODY or SIGNED_IN."""

    method: str
    path: str
    handler: Handler
    permission: str
    by_itself: bool = False  # asked for by an open page, not by a person: it keeps nobody signed in


ROUTE_OF: "web.AppKey[dict[web.AbstractRoute, Route]]" = web.AppKey("route_of")


def add_routes(app: web.Application, routes: Sequence[Route]) -> None:
    """Register the table; the middleware finds a request's line again by `route_of`."""
    known: dict[web.AbstractRoute, Route] = {}
    for route in routes:
        known[app.router.add_route(route.method, route.path, route.handler)] = route
    app[ROUTE_OF] = known


def route_of(request: web.Request) -> Route | None:
    """The line of the table that a request has met, if it is one of the console's."""
    return request.app[ROUTE_OF].get(request.match_info.route)
