"""What this room needs of others."""

from typing import Protocol


class MediaSource(Protocol):
    """Where media come from. Implemented by wechat/media_source.py."""

    async def fetch(self, platform_id: str) -> bytes | None:
        """The file; None when the platform has it no more, or never had. Raises PlatformError for anything else."""
        ...


class VoiceConverter(Protocol):
    """Makes a voice playable. Implemented by media/voices.py."""

    async def playable(self, data: bytes) -> bytes | None:
        """The voice as MP3; None when it cannot be decoded within the limits."""
        ...
