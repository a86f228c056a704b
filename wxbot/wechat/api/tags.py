"""Tags on followers (reference §7.4). Console staff see them: never a diagnosis in a tag's name."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from wxbot.errors import PlatformError
from wxbot.wechat.transport import Transport
from wxbot.wechat.wire import Repeat, need

BATCH = 50  # openids per call
PARTLY_FAILED = 45171


@dataclass(frozen=True, kw_only=True)
class Tag:
    """A tag and how many followers carry it."""

    id: int
    name: str
    count: int = 0


class Tags:
    """Creates tags and puts them on followers. Calls about the same openid must not run at once (45169)."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def create(self, name: str) -> Tag:
        """A new tag; at most 100 an account, names at most 30 characters."""
        answer = await self._transport.post(
            "/cgi-bin/tags/create", {"tag": {"name": name}}, Repeat.ONCE, proof=("tag",)
        )
        tag = need(answer, "tag")
        return Tag(id=int(need(tag, "id")), name=str(tag.get("name", name)))

    async def list_all(self) -> tuple[Tag, ...]:
        """Every tag of the account."""
        answer = await self._transport.get("/cgi-bin/tags/get")
        return tuple(
            Tag(id=int(need(row, "id")), name=str(row.get("name", "")), count=int(row.get("count", 0)))
            for row in answer.get("tags", [])
        )

    async def rename(self, tag_id: int, name: str) -> None:
        """Give a tag another name."""
        await self._transport.post("/cgi-bin/tags/update", {"tag": {"id": tag_id, "name": name}}, Repeat.SAFE)

    async def delete(self, tag_id: int) -> None:
        """Remove a tag from the account and from everybody."""
        await self._transport.post("/cgi-bin/tags/delete", {"tag": {"id": tag_id}}, Repeat.SAFE)

    async def members(self, tag_id: int) -> AsyncIterator[str]:
        """The openids that carry a tag."""
        after = ""
        while True:
            answer = await self._transport.post(
                "/cgi-bin/user/tag/get", {"tagid": tag_id, "next_openid": after}, Repeat.READ
            )
            openids = list((answer.get("data") or {}).get("openid") or [])
            for openid in openids:
                yield openid
            following = str(answer.get("next_openid") or "")
            if not openids or not following or following == after:
                return
            after = following

    async def put_on(self, openids: Sequence[str], tag_id: int) -> tuple[str, ...]:
        """Tag users, 50 at a time; those that failed twice."""
        return await self._change("batchtagging", openids, tag_id)

    async def take_off(self, openids: Sequence[str], tag_id: int) -> tuple[str, ...]:
        """Untag users, 50 at a time; those that failed twice."""
        return await self._change("batchuntagging", openids, tag_id)

    async def of_user(self, openid: str) -> tuple[int, ...]:
        """The ids of one user's tags."""
        answer = await self._transport.post("/cgi-bin/tags/getidlist", {"openid": openid}, Repeat.READ)
        return tuple(int(tag) for tag in answer.get("tagid_list") or [])

    async def _change(self, change: str, openids: Sequence[str], tag_id: int) -> tuple[str, ...]:
        failed: list[str] = []
        for start in range(0, len(openids), BATCH):
            left = await self._change_batch(change, openids[start : start + BATCH], tag_id)
            if not left:
                continue
            try:
                failed.extend(await self._change_batch(change, left, tag_id))
            except PlatformError:  # refused for all of them: the reason was worth one more try, not a third
                failed.extend(left)
        return tuple(failed)

    async def _change_batch(self, change: str, openids: Sequence[str], tag_id: int) -> list[str]:
        answer = await self._transport.post(
            f"/cgi-bin/tags/members/{change}",
            {"openid_list": list(openids), "tagid": tag_id},
            Repeat.SAFE,
            accept=frozenset({PARTLY_FAILED}),
        )
        return list(answer.get("fail_openid_list") or []) if answer.get("errcode") == PARTLY_FAILED else []
