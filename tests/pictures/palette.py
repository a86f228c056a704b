"""A screenshot as a PNG of 256 colours: a third of the bytes. The browser counts the colours."""

import base64
import struct
import zlib
from pathlib import Path

from playwright.async_api import BrowserContext

SCRIPT = Path(__file__).with_name("palette.js")
SIGNATURE = b"\x89PNG\r\n\x1a\n"
BITS, INDEXED = 8, 3  # per pixel; the colour type


async def indexed(context: BrowserContext, png: bytes) -> bytes:
    """The same picture with a palette. `context` lends an empty page to work in."""
    page = await context.new_page()
    try:
        script = "\n".join(SCRIPT.read_text(encoding="utf-8").splitlines()[1:])
        found = await page.evaluate(script, base64.b64encode(png).decode())
    finally:
        await page.close()
    width, height = int(found["width"]), int(found["height"])
    pixels = base64.b64decode(found["indices"])
    lines = b"".join(b"\0" + pixels[start : start + width] for start in range(0, width * height, width))
    return b"".join(
        (
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, BITS, INDEXED, 0, 0, 0)),
            _chunk(b"PLTE", bytes(found["palette"])),
            _chunk(b"IDAT", zlib.compress(lines, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
