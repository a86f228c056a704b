"""Fetches what patients sent: implements wxbot.media.ports.MediaSource over the client."""

from wxbot.errors import PlatformError
from wxbot.wechat.client import Client
from wxbot.wechat.media import MediaFile

GONE = frozenset({40007, 41006})  # no such media id, or none at all (reference §3)


class WeChatMedia:
    """The account's temporary media, which live three days (reference §7.9)."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def fetch(self, platform_id: str) -> bytes | None:
        """The file; None when the platform has it no more, or answers with an address instead (a video)."""
        try:
            found = await self._client.media.download(platform_id)
        except PlatformError as error:
            if error.code in GONE:
                return None
            raise
        return found.content if isinstance(found, MediaFile) else None
