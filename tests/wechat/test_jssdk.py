"""Page signatures: the reference's vector, and only for pages of ours."""

from typing import Any

import pytest

from wxbot.errors import InvalidInputError
from wxbot.wechat.jssdk import JsSdk, sign

TICKET = "kgt8ON7yVITDhtdwci0qefTICKET01"


class Ticket:
    async def jsapi_ticket(self, stale: str | None = None) -> str:
        assert stale is None
        return TICKET


@pytest.fixture
def sdk(still: Any) -> JsSdk:
    return JsSdk("wx0123456789abcdef", Ticket(), ["clinic.example.cn", "localhost:8080"], still)


def test_the_signature_agrees_with_the_reference() -> None:
    url = "https://clinic.example.cn/h5/book?dept=3"
    assert sign(TICKET, "Qm9va0Fw", 1700000000, url) == "c920490d254faf588329d76d93b2ffcab5f2db48"


async def test_a_page_is_signed_without_its_fragment(sdk: JsSdk) -> None:
    config = await sdk.config_for("https://clinic.example.cn/h5/book?dept=3#top", open_tags=["wx-open-subscribe"])
    nonce = config.pop("nonceStr")
    assert config == {
        "debug": False,
        "appId": "wx0123456789abcdef",
        "timestamp": 1700000000,
        "signature": sign(TICKET, nonce, 1700000000, "https://clinic.example.cn/h5/book?dept=3"),
        "jsApiList": ["closeWindow"],
        "openTagList": ["wx-open-subscribe"],
    }


async def test_a_host_with_its_port_is_ours_when_listed(sdk: JsSdk) -> None:
    assert (await sdk.config_for("http://LOCALHOST:8080/h5/"))["appId"] == "wx0123456789abcdef"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/h5",
        "https://clinic.example.cn.evil.example/",
        "https://clinic.example.cn@evil.example/",
        "https://user@clinic.example.cn/",
        "https://clinic.example.cn:444/",
        "https://clinic.example.cn\\@evil.example/",
        "https://clinic.example.cn/ x",
        "https://clinic.example.cn/\nx",
        "javascript://clinic.example.cn/",
        "//clinic.example.cn/",
        "clinic.example.cn",
        "https://[clinic",
        "https://clinic.example.cn/" + "x" * 3000,
        "",
    ],
)
async def test_nothing_else_is_signed(sdk: JsSdk, url: str) -> None:
    with pytest.raises(InvalidInputError):
        await sdk.config_for(url)
