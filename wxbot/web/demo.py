"""/demo/clock: moves the clinic's clock. Present only in `wxbot demo`."""

from datetime import timedelta

from aiohttp import web

from wxbot.web.keys import MOVE_CLOCK

LONGEST_MOVE = timedelta(days=400)  # a year and a birthday


async def move_clock(request: web.Request) -> web.Response:
    """Move the clock by `advance_seconds` and run what falls due."""
    try:
        seconds = float((await request.json())["advance_seconds"])
    except (ValueError, KeyError, TypeError):
        return web.json_response({"error": "advance_seconds must be a number of seconds"}, status=400)
    by = timedelta(seconds=seconds) if abs(seconds) <= LONGEST_MOVE.total_seconds() else None
    if by is None:
        return web.json_response({"error": f"at most {LONGEST_MOVE.days} days at once"}, status=400)
    return web.json_response(await request.app[MOVE_CLOCK](by))
