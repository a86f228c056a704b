"""The account's menu (reference §7.6). Check it with account/menu_rules.py before it is set."""

from collections.abc import Mapping
from typing import Any

from wxbot.wechat.errors import NO_MENU
from wxbot.wechat.transport import Transport
from wxbot.wechat.wire import Payload, Repeat


class Menus:
    """Sets, reads and removes the menu."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def create(self, menu: Mapping[str, Any]) -> None:
        """Replace the default menu: `{"button": […]}`. Clients show it when they next look, within 5 minutes."""
        await self._transport.post("/cgi-bin/menu/create", menu, Repeat.SAFE)

    async def get(self) -> Payload | None:
        """The menu set through this interface and the conditional ones; None when there is none."""
        answer = await self._transport.get("/cgi-bin/menu/get", accept=frozenset({NO_MENU}))
        return None if answer.get("errcode") == NO_MENU else answer

    async def delete(self) -> None:
        """Remove the default menu, and with it every conditional one."""
        await self._transport.get("/cgi-bin/menu/delete", repeat=Repeat.SAFE)

    async def shown(self) -> Payload:
        """What is shown now, menus made in the platform's console included."""
        return await self._transport.get("/cgi-bin/get_current_selfmenu_info")
