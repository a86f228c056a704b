"""What may be uploaded (reference §7.9): types by first bytes, sizes, and a file name the platform understands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

KB = 1024
MB = 1024 * KB
FORMS: Mapping[str, tuple[str, ...]] = {  # format → content type and usual file ending
    "png": ("image/png", "png"),
    "jpeg": ("image/jpeg", "jpg"),
    "gif": ("image/gif", "gif"),
    "bmp": ("image/bmp", "bmp"),
    "amr": ("audio/amr", "amr"),
    "mp3": ("audio/mpeg", "mp3"),
    "wma": ("audio/x-ms-wma", "wma"),
    "wav": ("audio/wav", "wav"),
    "mp4": ("video/mp4", "mp4"),
}
NOT_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
NAME_LENGTH = 40  # characters kept of a file's own name


class MediaKind(StrEnum):
    """The platform's `type`."""

    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    THUMB = "thumb"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What one kind may be."""

    forms: frozenset[str]
    largest: int  # bytes
    called: str  # in Chinese, for the sentence staff read


# The official pages contradict each other on pictures (10 MB, 2 MB): the smaller number is always accepted.
TEMPORARY: Mapping[MediaKind, Limit] = {
    MediaKind.IMAGE: Limit(forms=frozenset({"png", "jpeg", "gif"}), largest=2 * MB, called="图片"),
    MediaKind.VOICE: Limit(forms=frozenset({"amr", "mp3"}), largest=2 * MB, called="语音"),
    MediaKind.VIDEO: Limit(forms=frozenset({"mp4"}), largest=10 * MB, called="视频"),
    MediaKind.THUMB: Limit(forms=frozenset({"jpeg"}), largest=64 * KB, called="缩略图"),
}
PERMANENT: Mapping[MediaKind, Limit] = {
    MediaKind.IMAGE: Limit(forms=frozenset({"png", "jpeg", "gif", "bmp"}), largest=2 * MB, called="图片"),
    MediaKind.VOICE: Limit(forms=frozenset({"mp3", "wma", "wav", "amr"}), largest=2 * MB, called="语音"),
    MediaKind.VIDEO: TEMPORARY[MediaKind.VIDEO],
    MediaKind.THUMB: TEMPORARY[MediaKind.THUMB],
}
IN_ARTICLE = Limit(forms=frozenset({"png", "jpeg"}), largest=MB - 1, called="图文中的图片")


@dataclass(frozen=True, kw_only=True)
class MediaFile:
    """A file to upload, or one that was downloaded."""

    name: str
    content: bytes = field(repr=False)

    @property
    def form(self) -> str | None:
        """The format by the first bytes, independent of the name; None when the platform takes no such file."""
        return form_of(self.content)

    @property
    def content_type(self) -> str:
        """The content type by the first bytes."""
        return FORMS[self.form][0] if self.form else "application/octet-stream"

    @property
    def ascii_name(self) -> str:
        """A name without anything the platform misreads; its ending says the format."""
        ending = FORMS[self.form][1] if self.form else "bin"
        stem = NOT_NAME.sub("-", self.name.rpartition(".")[0] or self.name).strip("-.")[:NAME_LENGTH]
        return f"{stem or 'file'}.{ending}"


def problems(file: MediaFile, limit: Limit) -> list[str]:
    """Why the platform would refuse this file; sentences for staff, none when all is well."""
    found = []
    if not file.content:
        return [f"{limit.called}文件是空的。"]
    if file.form not in limit.forms:
        allowed = "、".join(sorted(FORMS[form][1].upper() for form in limit.forms))
        found.append(f"{limit.called}只能是 {allowed} 格式。")
    if len(file.content) > limit.largest:
        kilobytes = -(-limit.largest // KB)
        size = f"{kilobytes // KB} MB" if kilobytes >= KB else f"{kilobytes} KB"
        found.append(f"{limit.called}不能超过 {size}。")
    return found


def form_of(content: bytes) -> str | None:  # noqa: PLR0911 - one line per format reads best
    """The format of a file by its first bytes."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if content.startswith(b"BM"):
        return "bmp"
    if content.startswith(b"#!AMR"):
        return "amr"
    if content.startswith(b"RIFF") and content[8:12] == b"WAVE":
        return "wav"
    if content.startswith(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"):
        return "wma"
    if content[4:8] == b"ftyp":
        return "mp4"
    if content.startswith(b"ID3") or (len(content) > 1 and content[0] == 0xFF and content[1] & 0xE0 == 0xE0):  # noqa: PLR2004 - MPEG frame sync
        return "mp3"
    return None
