"""Template messages 模板消息 (reference §5): sending and the account's own templates."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wxbot.wechat.transport import Transport
from wxbot.wechat.wire import Repeat, need

FIELD = re.compile(r"([^\s:：{}]{0,40})\s{0,9}[:：]?\s{0,9}\{\{\s{0,9}(\w{1,40})\.DATA\s{0,9}\}\}")


@dataclass(frozen=True, kw_only=True)
class MiniProgram:
    """Where a card leads when it opens a mini program."""

    app_id: str
    page_path: str = ""

    def body(self) -> Mapping[str, str]:
        """The platform's object."""
        return {"appid": self.app_id, "pagepath": self.page_path}


@dataclass(frozen=True, kw_only=True)
class PlatformTemplate:
    """A template of the account. `content` like `就诊时间:{{time5.DATA}}`."""

    template_id: str
    title: str
    content: str
    example: str = ""

    @property
    def fields(self) -> Mapping[str, str]:
        """Field key → its label, in order: {"time5": "就诊时间"}."""
        return {key: label for label, key in FIELD.findall(self.content)}


class TemplateMessages:
    """Sends template messages and manages the library."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def send(  # noqa: PLR0913 - one fact each
        self,
        openid: str,
        template_id: str,
        fields: Mapping[str, str],
        *,
        client_msg_id: str,
        url: str = "",
        mini_program: MiniProgram | None = None,
    ) -> str:
        """Send one card; the platform's msgid as text (a receipt with the same id follows).

        `client_msg_id` makes a repetition harmless for 10 minutes; later ones rely on our own records. Without an
        answer PlatformError says `ambiguous`: it may have arrived, so nothing else may be sent in its place.
        """
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "client_msg_id": client_msg_id,
            "data": {key: {"value": value} for key, value in fields.items()},
        }
        if url:
            body["url"] = url
        if mini_program is not None:
            body["miniprogram"] = mini_program.body()
        answer = await self._transport.post("/cgi-bin/message/template/send", body, Repeat.ONCE)
        return str(answer.get("msgid", ""))

    async def add(self, library_id: str, keywords: Sequence[str]) -> str:
        """Add a category template with these keywords, in this order; its template id."""
        body = {"template_id_short": library_id, "keyword_name_list": list(keywords)}
        answer = await self._transport.post(
            "/cgi-bin/template/api_add_template", body, Repeat.ONCE, proof=("template_id",)
        )
        return str(need(answer, "template_id"))

    async def list_all(self) -> tuple[PlatformTemplate, ...]:
        """Every template of the account."""
        answer = await self._transport.get("/cgi-bin/template/get_all_private_template")
        return tuple(
            PlatformTemplate(
                template_id=str(need(row, "template_id")),
                title=str(row.get("title", "")),
                content=str(row.get("content", "")),
                example=str(row.get("example", "")),
            )
            for row in answer.get("template_list", [])
        )

    async def delete(self, template_id: str) -> None:
        """Remove a template from the account."""
        await self._transport.post("/cgi-bin/template/del_private_template", {"template_id": template_id}, Repeat.SAFE)
