"""Scene QR codes (reference §7.5). A scene can be read by anyone: use opaque ids."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from wxbot.errors import InvalidInputError
from wxbot.wechat.transport import Transport
from wxbot.wechat.wire import Repeat, need

LONGEST = timedelta(days=30)
SCENE_LENGTH = 64  # characters
IMAGE = "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket="


@dataclass(frozen=True, kw_only=True)
class SceneCode:
    """A QR code: draw `url` yourself, or show `image_url`."""

    ticket: str
    url: str
    lasts: timedelta | None = None  # None: for good

    @property
    def image_url(self) -> str:
        """The platform's own picture of the code; needs no token."""
        return IMAGE + quote(self.ticket, safe="")


class SceneCodes:
    """Creates QR codes whose scan reports where it was scanned."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def create(self, scene: str, lasts: timedelta | None = LONGEST) -> SceneCode:
        """A code for `scene` (1 to 64 characters), for at most 30 days, or for good when `lasts` is None.

        Permanent codes are limited to 100 000 for the account's life. Raises InvalidInputError.
        """
        if not 1 <= len(scene) <= SCENE_LENGTH:
            raise InvalidInputError(f"a scene has 1 to {SCENE_LENGTH} characters")
        body: dict[str, Any] = {"action_info": {"scene": {"scene_str": scene}}}
        if lasts is None:
            body["action_name"] = "QR_LIMIT_STR_SCENE"
        else:
            seconds = int(min(lasts, LONGEST).total_seconds())
            if seconds <= 0:
                raise InvalidInputError("a code must last at least a second")
            body |= {"action_name": "QR_STR_SCENE", "expire_seconds": seconds}
        # A permanent code counts against a limit for life; a temporary one only adds another ticket.
        repeat = Repeat.ONCE if lasts is None else Repeat.SAFE
        answer = await self._transport.post("/cgi-bin/qrcode/create", body, repeat, proof=("ticket",))
        lifetime = answer.get("expire_seconds")
        return SceneCode(
            ticket=str(need(answer, "ticket")),
            url=str(answer.get("url", "")),
            lasts=timedelta(seconds=int(lifetime)) if lifetime else None,
        )
