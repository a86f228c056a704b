"""The console's own files and the installed front-end files: long cached, because their address names their content."""

import hashlib
from functools import cache
from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).resolve().parent / "static"
PAGES = Path(__file__).resolve().parent / "pages"
A_YEAR = 365 * 24 * 3600  # seconds
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@cache
def address(name: str) -> str:
    """The address of a file of static/: its content's digest in it, so a changed file is never the cached one."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/console/static/{name}?v={digest}"


async def serve(request: web.Request) -> web.StreamResponse:
    """A file of static/; nothing outside of it."""
    path = (STATIC / request.match_info["name"]).resolve()
    if not path.is_relative_to(STATIC) or path.suffix not in _KINDS or not path.is_file():
        raise web.HTTPNotFound
    keep = f"public, max-age={A_YEAR}, immutable" if "v" in request.query else "no-cache"
    return web.FileResponse(path, headers={"Cache-Control": keep})
