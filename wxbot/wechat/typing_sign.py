"""Shows 正在输入 to a patient: implements wxbot.conversations.replies.typing_sign.TypingSign over the client."""

from wxbot.wechat.client import Client


class WeChatTyping:
    """The platform's typing sign (reference §4.3)."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def show(self, openid: str) -> bool:
        """Whether the platform shows it; never an error."""
        return await self._client.messages.show_typing(openid)
