"""设置: everything set here as files, in one .zip."""

from aiohttp import web

from wxbot.setting_files import zip_of
from wxbot.web.console.frame import actor_of, now_of, page, services_of


async def index(request: web.Request) -> web.StreamResponse:
    """What the files hold, and the button."""
    return await page(request, "settings/export.html")


async def download(request: web.Request) -> web.StreamResponse:
    """The folder; noted in the audit before it leaves."""
    services, now = services_of(request), now_of(request)
    files = await services.setting_files.files(by=actor_of(request), now=now)
    local = now.astimezone(services.clinic.timezone)
    name = f"wxbot-config-{local:%Y%m%d-%H%M}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=zip_of(files, local), content_type="application/zip", headers=headers)
