"""Subscription notices 订阅通知 (reference §6): sending and the template library."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wxbot.wechat.api.templates import FIELD, MiniProgram
from wxbot.wechat.transport import Transport
from wxbot.wechat.wire import Payload, Repeat, need

LIBRARY = "/wxaapi/newtmpl"
TITLES_PAGE = 30  # rows per call
SCENE_LENGTH = 15  # characters
LASTING = 3  # the platform's type for notices one accept allows for good


@dataclass(frozen=True, kw_only=True)
class NoticeTemplate:
    """A subscription template of the account; `lasting` ones need only one accept."""

    template_id: str
    title: str
    content: str
    lasting: bool = False

    @property
    def fields(self) -> Mapping[str, str]:
        """Field key → its label, in order."""
        return {key: label for label, key in FIELD.findall(self.content)}


class Notices:
    """Sends notices, each against one accept of the patient, and manages the library."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def send(
        self,
        openid: str,
        template_id: str,
        fields: Mapping[str, str],
        *,
        page: str = "",
        mini_program: MiniProgram | None = None,
    ) -> None:
        """Send one notice (bizsend). Made once: the platform promises no protection against a repetition."""
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "data": {key: {"value": value} for key, value in fields.items()},
        }
        if page:
            body["page"] = page
        if mini_program is not None:
            body["miniprogram"] = mini_program.body()
        await self._transport.post("/cgi-bin/message/subscribe/bizsend", body, Repeat.ONCE)

    async def categories(self) -> Sequence[Payload]:
        """The account's categories: [{id, name}]."""
        return _rows(await self._transport.get(f"{LIBRARY}/getcategory"))

    async def titles(self, category_ids: Sequence[int], start: int = 0) -> Sequence[Payload]:
        """Public templates of some categories, 30 from `start`: [{tid, title, type, categoryId}]."""
        ids = ",".join(str(category) for category in category_ids)
        return _rows(
            await self._transport.get(
                f"{LIBRARY}/getpubtemplatetitles", ids=ids, start=str(start), limit=str(TITLES_PAGE)
            )
        )

    async def keywords(self, title_id: str) -> Sequence[Payload]:
        """The keywords a public template offers: [{kid, name, example, rule}]."""
        return _rows(await self._transport.get(f"{LIBRARY}/getpubtemplatekeywords", tid=title_id))

    async def add(self, title_id: str, keyword_ids: Sequence[int], scene: str) -> str:
        """Add a template with 2 to 5 keywords; its id. `scene` says what it is for, at most 15 characters."""
        body = {"tid": title_id, "kidList": list(keyword_ids), "sceneDesc": scene[:SCENE_LENGTH]}
        answer = await self._transport.post(f"{LIBRARY}/addtemplate", body, Repeat.ONCE, proof=("priTmplId",))
        return str(need(answer, "priTmplId"))

    async def list_all(self) -> tuple[NoticeTemplate, ...]:
        """Every subscription template of the account."""
        return tuple(
            NoticeTemplate(
                template_id=str(need(row, "priTmplId")),
                title=str(row.get("title", "")),
                content=str(row.get("content", "")),
                lasting=row.get("type") == LASTING,
            )
            for row in _rows(await self._transport.get(f"{LIBRARY}/gettemplate"))
        )

    async def delete(self, template_id: str) -> None:
        """Remove a subscription template from the account."""
        await self._transport.post(f"{LIBRARY}/deltemplate", {"priTmplId": template_id}, Repeat.SAFE)


def _rows(answer: Payload) -> list[Payload]:
    return list(answer.get("data") or [])
