"""Temporary and permanent media (reference §7.9), and the small samples that simulated patients send."""

import io
import math
import secrets
import struct
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

import av

from wxbot.simulator.errors import ApiError

TEMPORARY_LIFE = timedelta(days=3)
MB = 1024 * 1024
VOICE_RATE, VOICE_FRAME = 8_000, 160  # samples a second, and in a frame of 20 ms
NO_DATA = b"\x7c"  # an AMR frame of type 15: a pause
TEMPORARY_KEPT = 2000  # uploads remembered at once


@dataclass(frozen=True)
class Allowance:
    """What one kind of media may be: bytes, file name endings, the code for being too big."""

    most: int
    endings: frozenset[str]
    too_big: int


_IMAGES = frozenset({"png", "jpeg", "jpg", "gif"})
TEMPORARY: dict[str, Allowance] = {
    "image": Allowance(10 * MB, _IMAGES, 40009),
    "voice": Allowance(2 * MB, frozenset({"amr", "mp3"}), 40010),
    "video": Allowance(10 * MB, frozenset({"mp4"}), 40011),
    "thumb": Allowance(64 * 1024, frozenset({"jpg", "jpeg"}), 40012),
}
PERMANENT: dict[str, Allowance] = {
    "image": Allowance(10 * MB, _IMAGES | {"bmp"}, 40009),
    "voice": Allowance(2 * MB, frozenset({"mp3", "wma", "wav", "amr"}), 40010),
    "video": Allowance(10 * MB, frozenset({"mp4"}), 40011),
    "thumb": Allowance(64 * 1024, frozenset({"jpg", "jpeg"}), 40012),
}


@dataclass(frozen=True, kw_only=True)
class Medium:
    """One stored file. `dies` is None for permanent material."""

    media_id: str
    kind: str
    data: bytes
    name: str
    mime: str
    created: datetime
    dies: datetime | None
    title: str = ""
    introduction: str = ""


@dataclass
class MediaShelf:
    """Everything uploaded, by media_id."""

    items: dict[str, Medium] = field(default_factory=dict)

    def put(  # noqa: PLR0913 - one fact each
        self,
        kind: str,
        data: bytes,
        name: str,
        mime: str,
        now: datetime,
        *,
        permanent: bool = False,
        title: str = "",
        introduction: str = "",
    ) -> Medium:
        """Keep one file. Raises ApiError 40004 (kind), 44001 (empty), 40005 (ending), 40009-40012 (too big)."""
        allowance = (PERMANENT if permanent else TEMPORARY).get(kind)
        if allowance is None:
            raise ApiError(40004)
        if not data:
            raise ApiError(44001)
        if name.rpartition(".")[2].lower() not in allowance.endings:
            raise ApiError(40005)
        if len(data) > allowance.most:
            raise ApiError(allowance.too_big)
        medium = Medium(
            media_id=secrets.token_urlsafe(48),
            kind=kind,
            data=data,
            name=name,
            mime=mime,
            created=now,
            dies=None if permanent else now + TEMPORARY_LIFE,
            title=title,
            introduction=introduction,
        )
        self.items[medium.media_id] = medium
        self._forget_old(now)
        return medium

    def get(self, media_id: str, now: datetime) -> Medium:
        """The file. Raises ApiError 41006 (no id), 40007 (unknown or expired)."""
        if not media_id:
            raise ApiError(41006)
        medium = self.items.get(media_id)
        if medium is None or (medium.dies is not None and now >= medium.dies):
            raise ApiError(40007)
        return medium

    def has(self, media_id: str, now: datetime) -> bool:
        """Whether the id can be used at this moment."""
        medium = self.items.get(media_id)
        return medium is not None and (medium.dies is None or now < medium.dies)

    def permanent(self, kind: str | None = None) -> list[Medium]:
        """Permanent material, newest first."""
        found = [item for item in self.items.values() if item.dies is None and kind in {None, item.kind}]
        return found[::-1]

    def _forget_old(self, now: datetime) -> None:
        if len(self.items) <= TEMPORARY_KEPT:
            return
        for media_id in [key for key, item in self.items.items() if item.dies is not None and item.dies <= now]:
            del self.items[media_id]


def sample_image(side: int = 96) -> bytes:
    """A small PNG with a soft gradient, so a phone page has something to show."""
    rows = b"".join(
        b"\x00" + b"".join(bytes((120 + x, 190 - y // 2, 160 + (x + y) // 4)) for x in range(side)) for y in range(side)
    )
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    chunks = b"".join(
        struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data)) for tag, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


@lru_cache(maxsize=1)
def sample_voice(seconds: int = 3) -> bytes:
    """A few seconds of AMR, as WeChat records voices: two tones that come and go, with frames without data between."""
    target = io.BytesIO()
    with av.open(target, "w", format="amr") as written:
        stream = written.add_stream("libopencore_amrnb", rate=VOICE_RATE)
        stream.layout = "mono"
        stream.bit_rate = 12_200
        for number in range(seconds * 50):
            frame = av.AudioFrame(format="s16", layout="mono", samples=VOICE_FRAME)
            frame.planes[0].update(_tone(number))
            frame.sample_rate, frame.pts = VOICE_RATE, number * VOICE_FRAME
            written.mux(stream.encode(frame))
        written.mux(stream.encode(None))
    return target.getvalue() + NO_DATA * 5


def _tone(number: int) -> bytes:
    """20 ms of 16-bit sound: 330 and 440 hertz by turns, swelling and fading twice a second."""
    pitch = 330 if number // 25 % 2 else 440
    loud = 9_000 * math.sin(math.pi * (number % 25) / 25)
    first = number * VOICE_FRAME
    samples = (int(loud * math.sin(2 * math.pi * pitch * (first + n) / VOICE_RATE)) for n in range(VOICE_FRAME))
    return struct.pack(f"<{VOICE_FRAME}h", *samples)


def sample_video() -> bytes:
    """The smallest thing that announces itself as MP4."""
    return struct.pack(">I", 24) + b"ftypmp42" + struct.pack(">I", 0) + b"mp42isom"
