"""Files that a browser saves, under a Chinese name."""

from urllib.parse import quote

from aiohttp import web

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attachment(plain: str, name: str) -> str:
    """The header `Content-Disposition` of a file called `name`; `plain` is for whoever reads ASCII alone (RFC 6266)."""
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def excel_file(body: bytes, plain: str, name: str) -> web.Response:
    """An Excel file."""
    return web.Response(body=body, headers={"Content-Type": XLSX, "Content-Disposition": attachment(plain, name)})
