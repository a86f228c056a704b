"""Followers (reference §7.3): what the platform still returns about them, remarks, the blacklist."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from wxbot.wechat.transport import Transport
from wxbot.wechat.wire import Payload, Repeat, need

BATCH = 100  # openids per user/info/batchget
BLACKLIST_BATCH = 20  # openids per blacklist change
REMARK_BYTES = 29  # "less than 30"


@dataclass(frozen=True, kw_only=True)
class UserInfo:
    """One user. When `following` is false nothing else is known. Names and pictures are not returned since 2021."""

    openid: str
    following: bool
    followed_at: datetime | None = None
    union_id: str | None = None
    remark: str = ""
    tag_ids: tuple[int, ...] = ()
    came_by: str = ""  # subscribe_scene, e.g. ADD_SCENE_QR_CODE
    scene: str = ""  # of the scene QR that brought them


class Users:
    """Reads and marks followers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def info(self, openid: str) -> UserInfo:
        """What the platform knows of one user."""
        return _user(await self._transport.get("/cgi-bin/user/info", openid=openid, lang="zh_CN"))

    async def batch(self, openids: Sequence[str]) -> list[UserInfo]:
        """The same for many; asked 100 at a time."""
        found: list[UserInfo] = []
        for start in range(0, len(openids), BATCH):
            users = [{"openid": openid, "lang": "zh_CN"} for openid in openids[start : start + BATCH]]
            answer = await self._transport.post("/cgi-bin/user/info/batchget", {"user_list": users}, Repeat.READ)
            found.extend(_user(row) for row in answer.get("user_info_list", []))
        return found

    async def follower_pages(self, after: str = "") -> AsyncIterator[list[str]]:
        """Every follower's openid, up to 10 000 a page, beginning behind `after`. 500 pages a day."""
        while True:
            answer = await self._transport.get("/cgi-bin/user/get", next_openid=after)
            openids = list((answer.get("data") or {}).get("openid") or [])
            if not openids:
                return
            yield openids
            following = str(answer.get("next_openid") or "")
            if not following or following == after:
                return
            after = following

    async def followers(self) -> AsyncIterator[str]:
        """Every follower's openid, one by one."""
        async for page in self.follower_pages():
            for openid in page:
                yield openid

    async def set_remark(self, openid: str, remark: str) -> None:
        """Name a user for staff in the platform's console; cut to less than 30 bytes."""
        short = remark.encode()[:REMARK_BYTES].decode("utf-8", "ignore")
        await self._transport.post("/cgi-bin/user/info/updateremark", {"openid": openid, "remark": short}, Repeat.SAFE)

    async def blacklist(self) -> AsyncIterator[str]:
        """The openids on the account's blacklist."""
        after = ""
        while True:
            answer = await self._transport.post(
                "/cgi-bin/tags/members/getblacklist", {"begin_openid": after}, Repeat.READ
            )
            openids = list((answer.get("data") or {}).get("openid") or [])
            for openid in openids:
                yield openid
            following = str(answer.get("next_openid") or "")
            if not openids or not following or following == after:
                return
            after = following

    async def block(self, openids: Sequence[str]) -> None:
        """Put users on the blacklist, 20 at a time."""
        await self._change_blacklist("batchblacklist", openids)

    async def unblock(self, openids: Sequence[str]) -> None:
        """Take users off the blacklist, 20 at a time."""
        await self._change_blacklist("batchunblacklist", openids)

    async def _change_blacklist(self, change: str, openids: Sequence[str]) -> None:
        for start in range(0, len(openids), BLACKLIST_BATCH):
            body = {"openid_list": list(openids[start : start + BLACKLIST_BATCH])}
            await self._transport.post(f"/cgi-bin/tags/members/{change}", body, Repeat.SAFE)


def _user(row: Payload) -> UserInfo:
    followed = row.get("subscribe_time")
    number = row.get("qr_scene")
    return UserInfo(
        openid=str(need(row, "openid")),
        following=bool(row.get("subscribe")),
        followed_at=datetime.fromtimestamp(int(followed), UTC) if followed else None,
        union_id=row.get("unionid") or None,
        remark=str(row.get("remark", "")),
        tag_ids=tuple(int(tag) for tag in row.get("tagid_list") or []),
        came_by=str(row.get("subscribe_scene", "")),
        scene=str(row.get("qr_scene_str") or number or ""),
    )
