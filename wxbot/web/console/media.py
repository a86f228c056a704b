"""Photos and voices of patients, as pages show them."""

from aiohttp import web

from wxbot.web.console.frame import actor_of, services_of

AN_HOUR = 3600  # seconds in the browser's own cache
ALONE = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; sandbox"


async def show(request: web.Request) -> web.StreamResponse:
    """The bytes, of the type that was found by them; alone in a window they may do nothing."""
    found = await services_of(request).media.read(request.match_info["id"], by=actor_of(request))
    headers = {
        "Cache-Control": f"private, max-age={AN_HOUR}, immutable",
        "Content-Security-Policy": ALONE,
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(body=found.data, content_type=found.content_type, headers=headers)
