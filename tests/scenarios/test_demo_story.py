"""The demo from beginning to end, as `make demo` runs it, over the page's own HTTP, with no network but loopback."""

import ipaddress
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from pydantic import SecretStr

from config.settings import Settings
from tests.demo_clock import demo_begins_on_monday
from tests.ports import free_port
from wxbot.demo.service import Demo, open_demo
from wxbot.history.models import Kind
from wxbot.simulator.people import Seen

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No connection leaves the machine; what was tried is in the list."""
    tried: list[str] = []
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(host: object) -> None:
        try:
            outside = not ipaddress.ip_address(str(host)).is_loopback
        except ValueError:
            outside = host not in {"localhost", None, ""}
        if outside:
            tried.append(str(host))
            raise OSError("the network is off")

    def guarded(original: Any) -> Any:
        def connecting(self: socket.socket, address: Any) -> Any:
            if self.family in {socket.AF_INET, socket.AF_INET6}:
                check(address[0])
            return original(self, address)

        return connecting

    def resolving(host: Any, *args: Any, **more: Any) -> Any:
        check(host)
        return getaddrinfo(host, *args, **more)

    monkeypatch.setattr(socket.socket, "connect", guarded(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
    monkeypatch.setattr(socket, "getaddrinfo", resolving)
    return tried


@dataclass
class Stranger:
    """Somebody at the demo's page: the buttons they press are its HTTP calls."""

    demo: Demo
    http: aiohttp.ClientSession
    openid: str = ""

    async def press(self, path: str, **body: Any) -> dict[str, Any]:
        async with self.http.post(f"{self.demo.phone_url}sim/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    async def do(self, gesture: str, **body: Any) -> None:
        result = await self.press(f"people/{self.openid}/{gesture}", **body)
        assert result["ok"], result

    async def say(self, text: str) -> Seen:
        await self.do("say", text=text)
        return self.phone[-1]

    async def tap(self, words: str) -> Seen:
        entries = [entry for entry in self.phone[-1].options if words in entry["text"]]
        await self.do("say", text=entries[0]["text"], menu_id=entries[0]["id"])
        return self.phone[-1]

    async def move_to(self, moment: datetime) -> None:
        moved = await self.press("clock", to=moment.isoformat())
        assert moved["clinic"] is not None
        await self.demo.platform.settled()

    @property
    def now(self) -> datetime:
        return self.demo.app.clock.now().astimezone(ZONE)

    @property
    def phone(self) -> list[Seen]:
        return self.demo.platform.people[self.openid].messages

    @property
    def unasked(self) -> list[Seen]:
        return [seen for seen in self.phone if seen.via in {"customer", "notice", "template"}]


@pytest.fixture
async def stranger(mongo_uri: str, tmp_path: Path, loopback_only: list[str]) -> AsyncIterator[Stranger]:
    settings = Settings.model_construct(
        mongodb_uri=SecretStr(mongo_uri),
        mongodb_database=f"test_{token_hex(6)}",
        data_dir=tmp_path,
        http_port=free_port(),
    )
    demo_begins_on_monday(tmp_path)
    async with open_demo(settings, free_port()) as demo, aiohttp.ClientSession() as http:
        yield Stranger(demo, http)
        await demo.app.database.client.drop_database(demo.app.database.name)
    assert loopback_only == []


def at(day: datetime, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day.astimezone(ZONE).date(), time(hour, minute), ZONE)


async def test_a_stranger_lives_the_whole_story_within_a_few_taps(stranger: Stranger) -> None:
    stranger.openid = (await stranger.press("people", name="小林"))["openid"]
    await stranger.move_to(at(stranger.now + timedelta(days=1), 10, 5))

    # follows, says who they are, books by tapping
    await stranger.do("follow")
    assert "欢迎来到晨光口腔与皮肤诊所" in stranger.phone[-1].text
    await stranger.say("我叫林小满")
    tomorrow = stranger.now + timedelta(days=1)
    await stranger.say(f"生日 1988-{tomorrow:%m-%d}")
    await stranger.say("预约")
    await stranger.tap("智齿拔除")
    days = [entry["text"] for entry in stranger.phone[-1].options]
    await stranger.tap(days[4])  # at least four days ahead
    hours = [entry["text"] for entry in stranger.phone[-1].options]
    booked = await stranger.tap(next((hour for hour in hours if hour == "上午11:00"), hours[0]))
    assert booked.text.startswith("约好了！")

    # the confirmation comes unasked
    await stranger.move_to(stranger.now + MINUTE)
    assert stranger.unasked[-1].text.startswith("林小满您好，您的预约已经为您留好：")
    (row,) = await stranger.demo.app.database.collection("appointments").find({}).to_list(None)
    start, end = row["start"].astimezone(ZONE), row["end"].astimezone(ZONE)
    assert start - stranger.now > timedelta(days=3)

    # the birthday, then the reminders of a first visit
    moments = sorted(
        [
            (at(tomorrow, 9, 31), "祝林小满生日快乐！"),
            (at(start - timedelta(days=3), 10, 1), "先和您对一下就诊的安排，我们"),
            (at(start - timedelta(days=1), 10, 1), "我们明天"),
            (max(start - timedelta(hours=2), at(start, 8, 30)) + MINUTE, "我们等您来："),
            (at(end + timedelta(days=1), 10, 1), "昨天辛苦了，今天感觉怎么样？"),
        ]
    )
    for moment, words in moments:
        await stranger.move_to(max(stranger.now + MINUTE, moment - timedelta(hours=1, minutes=30)))
        await stranger.say("谢谢")  # keeps the 48 hours open, so that whole sentences arrive
        await stranger.move_to(moment)
        assert words in stranger.unasked[-1].text

    # stops, and leaves
    assert (await stranger.say("退订")).text.startswith("已为您停止")
    before = len(stranger.phone)
    await stranger.move_to(at(end + timedelta(days=3), 10, 1))
    assert len(stranger.phone) == before

    # and every word of it is in MongoDB
    services = stranger.demo.app.services
    contact = await services.patients.contact_by_openid(stranger.openid)
    assert contact is not None
    story = await services.history.timeline(contact.id, limit=1000)
    said = [line.text for line in reversed(story) if line.kind is Kind.MESSAGE_RECEIVED and line.direction == "in"]
    assert [text for text in said if not str(text).startswith("[")] == [
        seen.text for seen in stranger.phone if seen.direction == "in"
    ]
    sent = [line.text or "" for line in reversed(story) if line.kind is Kind.MESSAGE_SENT]
    shown = [seen.text for seen in stranger.phone if seen.direction == "out"]
    assert len(sent) == len(shown)
    assert all(text.startswith(line) for line, text in zip(sent, shown, strict=True))


async def test_the_network_is_really_off_in_this_story(loopback_only: list[str]) -> None:
    with pytest.raises(OSError, match="the network is off"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(OSError, match="the network is off"):
        socket.getaddrinfo("api.weixin.qq.com", 443)
    assert loopback_only == ["192.0.2.1", "api.weixin.qq.com"]
