"""Customer-service messages 客服消息 (reference §4.2, §4.3). No id, no idempotency: each send is made once."""

from typing import Any

from wxbot.errors import PlatformError
from wxbot.wechat.api.contents import Content
from wxbot.wechat.transport import Transport
from wxbot.wechat.wire import Repeat

TYPING_DOES_NOT_MATTER = frozenset({45080, 45081})  # no recent exchange; already typing


class CustomerMessages:
    """Sends within the budget that a patient's own action opened."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def send(
        self, openid: str, content: Content, *, agent: str | None = None, written_by_model: bool = False
    ) -> None:
        """Send one message.

        `agent` (name@wxid) shows that person's name. `written_by_model` adds the platform's mark for answers a
        language model wrote (reference §12). Raises PlatformError; `ambiguous` when it may have arrived.
        """
        body: dict[str, Any] = {"touser": openid, "msgtype": content.kind, content.kind: content.body()}
        if agent:
            body["customservice"] = {"kf_account": agent}
        if written_by_model:
            body["aimsgcontext"] = {"is_ai_msg": 1}
        await self._transport.post("/cgi-bin/message/custom/send", body, Repeat.ONCE)

    async def show_typing(self, openid: str, *, typing: bool = True) -> bool:
        """Show or hide "正在输入". Whether the platform did; never worth an error to the caller."""
        body = {"touser": openid, "command": "Typing" if typing else "CancelTyping"}
        try:
            answer = await self._transport.post(
                "/cgi-bin/message/custom/typing", body, Repeat.SAFE, accept=TYPING_DOES_NOT_MATTER
            )
        except PlatformError:
            return False
        return not answer.get("errcode")
