"""The pages' own files, long cached because their address names their content; and the doctors' photos."""

import hashlib
from functools import cache
from pathlib import Path

from aiohttp import web

from wxbot.clinic.models import PhotoId
from wxbot.web.patient.frame import services_of

STATIC = Path(__file__).resolve().parent / "static"
PAGES = Path(__file__).resolve().parent / "pages"
A_YEAR = 365 * 24 * 3600  # seconds
A_DAY = 24 * 3600


@cache
def address(name: str) -> str:
    """The address of a file of static/: its content's digest in it, so a changed file is never the cached one."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/w/static/{name}?v={digest}"


async def serve(request: web.Request) -> web.StreamResponse:
    """GET /w/static/{name}: a style sheet, script or picture; nothing outside of the folder."""
    path = (STATIC / request.match_info["name"]).resolve()
    if not path.is_relative_to(STATIC) or path.suffix not in {".css", ".js", ".svg"} or not path.is_file():
        raise web.HTTPNotFound
    keep = f"public, max-age={A_YEAR}, immutable" if "v" in request.query else "no-cache"
    return web.FileResponse(path, headers={"Cache-Control": keep})


async def photo(request: web.Request) -> web.StreamResponse:
    """GET /w/photos/{photo_id}: a photo of somebody who receives patients now."""
    services = services_of(request)
    wanted = PhotoId(request.match_info["photo_id"])
    shown = {each.photo for each in services.clinic.practitioners if not each.retired}
    found = await services.clinic_settings.photo(wanted) if wanted in shown else None
    if found is None:
        raise web.HTTPNotFound
    keep = {"Cache-Control": f"private, max-age={A_DAY}"}
    return web.Response(body=found.data, content_type=found.content_type, headers=keep)
