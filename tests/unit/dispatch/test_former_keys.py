"""Keys of earlier versions are looked for once, however many pushes come with the start."""

import asyncio
from datetime import UTC, datetime
from typing import cast

from wxbot.clock import SystemClock
from wxbot.dispatch.former_keys import FormerKeys
from wxbot.dispatch.inbox import Inbox


class Claims:
    """An inbox with or without claims under former keys."""

    def __init__(self, *former: str) -> None:
        self.former = set(former)
        self.looks = 0

    async def has_former_keys(self, since: datetime) -> bool:
        assert since < datetime.now(UTC)
        self.looks += 1
        await asyncio.sleep(0)
        return bool(self.former)

    async def is_claimed(self, key: str, openid: str) -> bool:
        return openid == "ann" and key in self.former


async def test_all_who_come_with_the_start_share_one_look() -> None:
    claims = Claims()
    keys = FormerKeys(cast("Inbox", claims), SystemClock())
    found = await asyncio.gather(*(keys.claimed_as(f"m:{number}:0123456789ab", "ann") for number in range(64)))
    assert (set(found), claims.looks) == ({None}, 1)


async def test_a_push_of_before_the_upgrade_is_found_under_its_former_key() -> None:
    keys = FormerKeys(cast("Inbox", Claims("m:7")), SystemClock())
    assert await keys.claimed_as("m:7:0123456789ab", "ann") == "m:7"
    assert await keys.claimed_as("m:7:0123456789ab", "ben") is None
    assert await keys.claimed_as("e:7", "ann") is None
