"""Temporary and permanent media (reference §7.9)."""

import json
import re
from dataclasses import dataclass
from mimetypes import guess_type
from typing import Any

from aiohttp import BodyPartReader, web

from wxbot.simulator.api.endpoint import GET, OK, POST, Answer, Call, Endpoint
from wxbot.simulator.errors import ApiError
from wxbot.simulator.media import MB, Medium
from wxbot.simulator.showing import media_path

PAGE_IMAGE = "page-image"  # pictures of articles: a URL only, no material
UNNAMED = "application/octet-stream"  # a part may come without a Content-Type
ROWS = range(1, 21)  # material per page
# An ASCII file name in quotes; the newer `filename*=` is not understood by the platform.
_FILENAME = re.compile(r'\bfilename="?([\x20\x21\x23-\x7e]+?)"?\s*(?:;|$)')


@dataclass(frozen=True)
class Upload:
    """The file of a multipart body, and its other fields."""

    data: bytes
    name: str
    mime: str
    fields: dict[str, str]


async def _upload(call: Call) -> Upload:
    if not call.request.content_type.startswith("multipart/"):
        raise ApiError(41005)
    found: Upload | None = None
    fields: dict[str, str] = {}
    try:
        async for part in await call.request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            data = bytes(await part.read())
            named = _FILENAME.search(part.headers.get("Content-Disposition", ""))
            if part.name == "media" and named is not None:
                mime = part.headers.get("Content-Type") or guess_type(named[1])[0] or UNNAMED
                found = Upload(data, named[1], mime, fields)
            elif part.name and part.name != "media":
                fields[part.name] = data.decode("utf-8", "replace")
    except ValueError:
        raise ApiError(41005) from None
    if found is None:
        raise ApiError(41005)
    return found


async def upload(call: Call) -> Answer:
    """POST /cgi-bin/media/upload?type=: kept for three days."""
    kind = call.query.get("type", "")
    file = await _upload(call)
    medium = call.platform.media.put(kind, file.data, file.name, file.mime, call.platform.now())
    member = "thumb_media_id" if kind == "thumb" else "media_id"
    return {"type": kind, member: medium.media_id, "created_at": int(medium.created.timestamp())}


def download(call: Call) -> Answer:
    """GET /cgi-bin/media/get?media_id=: the file, or JSON with the address of a video."""
    return _file(call, call.platform.media.get(call.query.get("media_id", ""), call.platform.now()))


def _file(call: Call, medium: Medium) -> Answer:
    if medium.kind == "video":
        address = call.platform.base_url + media_path(medium.media_id)
        if medium.dies is None:
            return {"title": medium.title, "description": medium.introduction, "down_url": address}
        return {"video_url": address}
    name = f'attachment; filename="{medium.media_id[:16]}.{medium.name.rpartition(".")[2]}"'
    return web.Response(body=medium.data, content_type=medium.mime, headers={"Content-Disposition": name})


async def upload_image(call: Call) -> Answer:
    """POST /cgi-bin/media/uploadimg: jpg or png below 1 MB, for pictures inside articles."""
    file = await _upload(call)
    if file.name.rpartition(".")[2].lower() not in {"jpg", "jpeg", "png"}:
        raise ApiError(40005)
    if len(file.data) >= MB:
        raise ApiError(40009)
    shelf, now = call.platform.media, call.platform.now()
    medium = shelf.put("image", file.data, file.name, file.mime, now, permanent=True)
    shelf.items[medium.media_id] = Medium(**{**medium.__dict__, "kind": PAGE_IMAGE})
    return {"url": call.platform.base_url + media_path(medium.media_id)}


async def add(call: Call) -> Answer:
    """POST /cgi-bin/material/add_material?type=: permanent; a video comes with a description."""
    kind = call.query.get("type", "")
    file = await _upload(call)
    about: dict[str, Any] = {}
    if kind == "video":
        try:
            about = json.loads(file.fields.get("description", ""))
        except ValueError:
            raise ApiError(40035, "description") from None
        if not isinstance(about, dict) or not about.get("title"):
            raise ApiError(40035, "description")
    medium = call.platform.media.put(
        kind,
        file.data,
        file.name,
        file.mime,
        call.platform.now(),
        permanent=True,
        title=str(about.get("title", "")),
        introduction=str(about.get("introduction", "")),
    )
    address = {"url": call.platform.base_url + media_path(medium.media_id)} if kind in {"image", "thumb"} else {}
    return {"media_id": medium.media_id, **address}


def _permanent(call: Call) -> Medium:
    medium = call.platform.media.get(call.text("media_id"), call.platform.now())
    if medium.dies is not None or medium.kind == PAGE_IMAGE:
        raise ApiError(40007)
    return medium


def get(call: Call) -> Answer:
    """POST /cgi-bin/material/get_material."""
    return _file(call, _permanent(call))


def delete(call: Call) -> Answer:
    """POST /cgi-bin/material/del_material."""
    del call.platform.media.items[_permanent(call).media_id]
    return OK


def count(call: Call) -> Answer:
    """GET /cgi-bin/material/get_materialcount."""
    kinds = {f"{kind}_count": len(call.platform.media.permanent(kind)) for kind in ("voice", "video", "image")}
    return {**kinds, "news_count": 0}


def listed(call: Call) -> Answer:
    """POST /cgi-bin/material/batchget_material."""
    kind = call.text("type")
    if kind not in {"image", "video", "voice", "news"}:
        raise ApiError(40004)
    offset, rows = call.number("offset"), call.number("count")
    if offset < 0 or rows not in ROWS:
        raise ApiError(40035)
    every = call.platform.media.permanent(kind)
    page = every[offset : offset + rows]
    items = [
        {
            "media_id": each.media_id,
            "name": each.title or each.name,
            "update_time": int(each.created.timestamp()),
            "url": call.platform.base_url + media_path(each.media_id),
        }
        for each in page
    ]
    return {"total_count": len(every), "item_count": len(items), "item": items}


ENDPOINTS = (
    Endpoint(POST, "/cgi-bin/media/upload", upload, form=True),
    Endpoint(GET, "/cgi-bin/media/get", download),
    Endpoint(POST, "/cgi-bin/media/uploadimg", upload_image, form=True),
    Endpoint(POST, "/cgi-bin/material/add_material", add, form=True),
    Endpoint(POST, "/cgi-bin/material/get_material", get),
    Endpoint(POST, "/cgi-bin/material/del_material", delete),
    Endpoint(GET, "/cgi-bin/material/get_materialcount", count),
    Endpoint(POST, "/cgi-bin/material/batchget_material", listed),
)
