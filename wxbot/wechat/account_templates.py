"""The account's own templates and subscription notices as the templates room sees them (reference §5.3, §6.4)."""

import asyncio
from collections.abc import Sequence

from wxbot.messaging import Channel
from wxbot.templates.ports import AccountTemplate
from wxbot.wechat.client import Client


class WeChatTemplates:
    """Implements `wxbot.templates.ports.AccountTemplates` over the client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def template_list(self) -> Sequence[AccountTemplate]:
        """Templates first, then notices, as the platform lists them. Raises PlatformError."""
        templates, notices = await asyncio.gather(self._client.templates.list_all(), self._client.notices.list_all())
        return (
            *(
                AccountTemplate(
                    id=each.template_id,
                    title=each.title,
                    kind=Channel.TEMPLATE,
                    fields=tuple(each.fields.items()),
                    example=each.example,
                )
                for each in templates
            ),
            *(
                AccountTemplate(
                    id=each.template_id, title=each.title, kind=Channel.NOTICE, fields=tuple(each.fields.items())
                )
                for each in notices
            ),
        )
