"""Pictures of practitioners: what is accepted, recognised by its bytes. Pure."""

from dataclasses import dataclass
from hashlib import sha256

from wxbot.clinic.models import PhotoId
from wxbot.errors import FieldErrors

MOST_BYTES = 512 * 1024  # a doctor card is small; a phone loads it on a mobile network
ID_LENGTH = 32  # hex characters of the digest: no two pictures of a clinic share them

_RIFF_NAME = slice(8, 12)  # where a RIFF file says what it holds


@dataclass(frozen=True, kw_only=True)
class Photo:
    """A picture as it is served."""

    id: PhotoId
    content_type: str
    data: bytes


def content_type_of(data: bytes) -> str | None:
    """image/jpeg, image/png or image/webp by the first bytes; None for anything else, whatever its name says."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"RIFF") and data[_RIFF_NAME] == b"WEBP":
        return "image/webp"
    return None


def photo_of(data: bytes, photo_id: str = "") -> Photo:
    """A picture under the digest of its bytes, so that a picture never changes under its id.

    A file of photos/ has its name as its id.

    Raises:
        FieldErrors: too large, or no picture; with a sentence for staff.
    """
    if not data:
        raise FieldErrors({"photo": "文件是空的，请选择一张照片。"})
    if len(data) > MOST_BYTES:
        words = f"照片有 {len(data) // 1024} KB，最多 {MOST_BYTES // 1024} KB。请压缩或裁剪后再上传。"
        raise FieldErrors({"photo": words})
    content_type = content_type_of(data)
    if content_type is None:
        raise FieldErrors({"photo": "这不是 JPG、PNG 或 WebP 照片。请换一种格式保存后再上传。"})
    chosen = photo_id or sha256(data).hexdigest()[:ID_LENGTH]
    return Photo(id=PhotoId(chosen), content_type=content_type, data=data)
