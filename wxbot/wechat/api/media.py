"""Uploads and downloads (reference §7.9). A patient's pictures are health data: fetch them only when needed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from wxbot.errors import InvalidInputError
from wxbot.wechat.media import IN_ARTICLE, PERMANENT, TEMPORARY, Limit, MediaFile, MediaKind, problems
from wxbot.wechat.transport import Transport
from wxbot.wechat.wire import Payload, Repeat, need

MEDIA_IDS = ("media_id", "thumb_media_id")


@dataclass(frozen=True, kw_only=True)
class Uploaded:
    """A temporary medium; it lives 3 days."""

    media_id: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class VideoAddress:
    """Where a video can be fetched: the platform answers with an address instead of the file."""

    url: str


class Media:
    """The account's media. Uploads raise InvalidInputError with a sentence for staff when the file cannot be right."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def upload(self, kind: MediaKind, file: MediaFile) -> Uploaded:
        """Upload for 3 days."""
        _check(file, TEMPORARY[kind])
        answer = await self._transport.upload(
            "/cgi-bin/media/upload", lambda: _form(file), proof=MEDIA_IDS, type=kind.value
        )
        name = "thumb_media_id" if "thumb_media_id" in answer else "media_id"  # thumbs are named differently
        return Uploaded(
            media_id=str(need(answer, name)),
            created_at=datetime.fromtimestamp(int(answer.get("created_at") or 0), UTC),
        )

    async def keep(self, kind: MediaKind, file: MediaFile, title: str = "", introduction: str = "") -> str:
        """Upload for good; the media id. `title` and `introduction` are for videos."""
        _check(file, PERMANENT[kind])
        description = {"title": title, "introduction": introduction} if kind is MediaKind.VIDEO else None
        answer = await self._transport.upload(
            "/cgi-bin/material/add_material", lambda: _form(file, description), proof=MEDIA_IDS, type=kind.value
        )
        return str(need(answer, "media_id"))

    async def upload_article_picture(self, file: MediaFile) -> str:
        """Upload a picture for use inside articles; its address."""
        _check(file, IN_ARTICLE)
        answer = await self._transport.upload("/cgi-bin/media/uploadimg", lambda: _form(file), proof=("url",))
        return str(need(answer, "url"))

    async def download(self, media_id: str) -> MediaFile | VideoAddress:
        """Fetch a temporary medium, such as a picture a patient sent within 3 days."""
        answer = await self._transport.download("/cgi-bin/media/get", media_id=media_id)
        if isinstance(answer, dict):
            return VideoAddress(url=str(answer.get("video_url", "")))
        return MediaFile(name=answer.filename or media_id, content=answer.content)

    async def forget(self, media_id: str) -> None:
        """Delete a permanent medium."""
        await self._transport.post("/cgi-bin/material/del_material", {"media_id": media_id}, Repeat.SAFE)

    async def count(self) -> Payload:
        """How many permanent media there are, by kind."""
        return await self._transport.get("/cgi-bin/material/get_materialcount")


def _check(file: MediaFile, limit: Limit) -> None:
    found = problems(file, limit)
    if found:
        raise InvalidInputError("".join(found))


def _form(file: MediaFile, description: Mapping[str, str] | None = None) -> aiohttp.FormData:
    """Built afresh for each try: a form that was sent is used up."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("media", file.content, filename=file.ascii_name, content_type=file.content_type)
    if description is not None:
        form.add_field("description", json.dumps(description, ensure_ascii=False))
    return form
