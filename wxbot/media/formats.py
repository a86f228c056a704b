"""Which files are shown, recognised by their first bytes, whatever a name or header says. Pure."""

_RIFF_NAME = slice(8, 12)  # where a RIFF file says what it holds
AMR, AMR_WIDE = b"#!AMR\n", b"#!AMR-WB\n"


def photo_type(data: bytes) -> str | None:
    """image/jpeg, image/png, image/gif or image/webp; None for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith(b"RIFF") and data[_RIFF_NAME] == b"WEBP":
        return "image/webp"
    return None


def voice_format(data: bytes) -> str | None:
    """The container as FFmpeg names it: amr or mp3, the forms of voices at the platform; None for anything else."""
    if data.startswith((AMR, AMR_WIDE)):
        return "amr"
    if data.startswith(b"ID3") or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0):  # noqa: PLR2004 - MPEG frame sync
        return "mp3"
    return None
