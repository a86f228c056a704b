"""The callback: the platform's own pushes are accepted and recorded, everything else is refused."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from pydantic import SecretStr
from yarl import URL

from tests.scenarios.conftest import Clinic, OpenClinic
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.replies import TextReply
from wxbot.dispatch.router import Route, Router
from wxbot.dispatch.updates import TextMessage
from wxbot.simulator.codec import Codec, sign
from wxbot.simulator.markup import read, write
from wxbot.simulator.passive import Expected, decode
from wxbot.templates.models import Option
from wxbot.wechat.codec import Codec as OurCodec

OTHER_KEY = "ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210zyxwvut"
ELEVEN_MINUTES = timedelta(minutes=11)


@dataclass
class CallbackClient:
    """Requests to the callback, signed and sealed as a test asks."""

    clinic: Clinic
    http: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"{self.clinic.url}/wechat/callback"

    def stamp(self, *, token: str | None = None, shift: timedelta = timedelta(0)) -> dict[str, str]:
        """A signed query."""
        timestamp, nonce = str(int((self.clinic.now + shift).timestamp())), "1320562132"
        signature = sign(token or self.clinic.platform.account.token, timestamp, nonce)
        return {"signature": signature, "timestamp": timestamp, "nonce": nonce}

    def sealed(self, xml: str | bytes, *, key: str | None = None, app_id: str | None = None) -> str:
        """The encrypted part of a safe-mode body."""
        account = self.clinic.platform.account
        if isinstance(xml, bytes):  # the platform writes UTF-8 only; this may be anything
            return OurCodec(account.app_id, account.token, account.aes_key).encrypt(xml)
        return Codec(key or account.aes_key, app_id or account.app_id).encrypt(xml)

    def signed_for(self, encrypted: str, **stamp: Any) -> dict[str, str]:
        """A query that is right for that encrypted part."""
        query = self.stamp(**stamp)
        parts = (query["timestamp"], query["nonce"], encrypted)
        return {**query, "encrypt_type": "aes", "msg_signature": sign(self.clinic.platform.account.token, *parts)}

    async def get(self, query: Mapping[str, str]) -> tuple[int, str]:
        async with self.http.get(self.url, params=query) as response:
            return response.status, await response.text()

    async def post(self, query: Mapping[str, str] | str, body: Any, **headers: str) -> tuple[int, bytes]:
        url = URL(f"{self.url}?{query}", encoded=True) if isinstance(query, str) else self.url
        params = None if isinstance(query, str) else query
        async with self.http.post(url, params=params, data=body, headers=headers) as response:
            return response.status, await response.read()

    async def post_sealed(self, xml: str | bytes) -> int:
        """Post a rightly signed and sealed push with that content; the status."""
        encrypted = self.sealed(xml)
        return (await self.post(self.signed_for(encrypted), body_of(encrypted)))[0]


def body_of(encrypted: str) -> bytes:
    return write({"ToUserName": "gh_de0000000001", "Encrypt": encrypted}).encode()


def text_push(openid: str, text: str, number: int = 9_000_000_001) -> str:
    return write(
        {
            "ToUserName": "gh_de0000000001",
            "FromUserName": openid,
            "CreateTime": 1_790_000_000,
            "MsgType": "text",
            "Content": text,
            "MsgId": number,
        }
    )


async def stored(clinic: Clinic) -> dict[str, list[dict[str, Any]]]:
    """Every document of every collection."""
    database = clinic.app.database
    names = await database.client[database.name].list_collection_names()
    found = {name: await clinic.rows(name) for name in sorted(names)}
    return {name: rows for name, rows in found.items() if rows}


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def callback(clinic: Clinic, http: aiohttp.ClientSession) -> CallbackClient:
    return CallbackClient(clinic, http)


# -- the platform's check of the address -------------------------------------------------------------------------


async def test_the_platforms_check_is_answered_with_exactly_the_echo(callback: CallbackClient):
    assert await callback.clinic.platform.verify_callback()
    assert await callback.get({**callback.stamp(), "echostr": "5837649183764918376"}) == (200, "5837649183764918376")


async def test_a_forged_or_stale_check_learns_nothing(callback: CallbackClient):
    echo = {"echostr": "5837649183764918376"}
    asked = {
        "another token": {**callback.stamp(token="someoneElse"), **echo},
        "stale": {**callback.stamp(shift=-ELEVEN_MINUTES), **echo},
        "from the future": {**callback.stamp(shift=ELEVEN_MINUTES), **echo},
        "no signature": {**echo, "timestamp": "1790000000", "nonce": "1"},
        "no echo": callback.stamp(),
        "nothing": {},
        "no number": {**callback.stamp(), **echo, "timestamp": "yesterday"},
    }
    assert {name: (await callback.get(query))[0] for name, query in asked.items()} == dict.fromkeys(asked, 403)


# -- who is not let in -------------------------------------------------------------------------------------------


async def test_what_the_platform_did_not_sign_for_us_gets_403_and_leaves_no_trace(callback: CallbackClient):
    openid = await callback.clinic.person()
    xml = text_push(openid, "预约")
    good = callback.sealed(xml)
    elsewhere = callback.sealed(xml, app_id="wx0000000000000000")
    strange = callback.sealed(xml, key=OTHER_KEY)
    refused: dict[str, tuple[Any, bytes]] = {
        "forged signature": ({**callback.signed_for(good), "signature": "0" * 40}, body_of(good)),
        "another token": (callback.signed_for(good, token="someoneElse"), body_of(good)),
        "stale": (callback.signed_for(good, shift=-ELEVEN_MINUTES), body_of(good)),
        "from the future": (callback.signed_for(good, shift=ELEVEN_MINUTES), body_of(good)),
        "wrong message signature": ({**callback.signed_for(good), "msg_signature": "0" * 40}, body_of(good)),
        "no message signature": (callback.stamp(), body_of(good)),
        "signed for another body": (callback.signed_for(good), body_of(callback.sealed(xml))),
        "for another AppID": (callback.signed_for(elsewhere), body_of(elsewhere)),
        "under another key": (callback.signed_for(strange), body_of(strange)),
        "plain in safe mode": (callback.stamp(), xml.encode()),
        "no query": ({}, body_of(good)),
        "odd bytes in the query": ("signature=%ff%fe&timestamp=1790000000&nonce=%00", body_of(good)),
        "a very long nonce": ({**callback.stamp(), "nonce": "9" * 4000}, body_of(good)),
        "a timestamp beyond all time": ({**callback.stamp(), "timestamp": "9" * 200}, body_of(good)),
    }
    before = await stored(callback.clinic)
    found = {name: (await callback.post(query, body))[0] for name, (query, body) in refused.items()}
    assert found == dict.fromkeys(refused, 403)
    assert await stored(callback.clinic) == before
    assert "预约哪个项目" in await callback.clinic.say(openid, "预约")


async def test_of_a_compatible_body_only_the_encrypted_half_is_believed(callback: CallbackClient):
    clinic = callback.clinic
    openid, liar = await clinic.person(), "oLiar000000000000000000000000"
    encrypted = callback.sealed(text_push(openid, "你好", number=9_000_000_002))
    plain_half: dict[str, Any] = {
        "ToUserName": "gh_elsewhere",
        "FromUserName": liar,
        "CreateTime": 1,
        "MsgType": "text",
        "Content": f"预约]]><Encrypt><![CDATA[{callback.sealed('<xml/>')}]]></Encrypt><![CDATA[",
        "MsgId": 666,
    }
    status, answer = await callback.post(
        callback.signed_for(encrypted), write({**plain_half, "Encrypt": encrypted}).encode()
    )
    assert status == 200
    reply = decode(answer, clinic.platform.account, Expected(openid, "text", lambda _: False))
    assert reply is not None
    assert "请问有什么可以帮您" in reply["text"]
    assert "liar" not in str(await stored(clinic)).lower()


async def test_a_platform_in_compatible_mode_is_served_as_in_safe_mode(clinic: Clinic):
    clinic.platform.account.mode = "compatible"
    openid = await clinic.person()
    assert "有什么可以帮您" in await clinic.say(openid, "你好")


@pytest.mark.parametrize("first", [True, False])
async def test_of_two_encrypted_halves_only_the_signed_one_is_read(callback: CallbackClient, *, first: bool):
    openid = await callback.clinic.person()
    good, other = callback.sealed(text_push(openid, "你好")), callback.sealed(text_push(openid, "取消"))
    halves = [f"<Encrypt><![CDATA[{each}]]></Encrypt>" for each in (good, other)]
    body = f"<xml>{''.join(halves if first else reversed(halves))}</xml>".encode()
    assert (await callback.post(callback.signed_for(good), body))[0] == 200
    heard = [line.text for line in await callback.clinic.story(openid) if line.kind == "message:received"]
    assert "你好" in heard
    assert "取消" not in heard


async def test_plain_pushes_are_served_only_where_the_setting_says_so(open_clinic: OpenClinic):
    clinic = await open_clinic(wechat_callback_mode="plain")
    clinic.platform.account.mode = "plain"
    openid = await clinic.person()
    assert "有什么可以帮您" in await clinic.say(openid, "你好")


async def test_a_plain_platform_meets_a_closed_door_in_safe_mode(clinic: Clinic):
    openid = await clinic.person()
    before = await stored(clinic)
    clinic.platform.account.mode = "plain"
    push = await clinic.platform.say(openid, "你好")
    assert (push.status, push.attempts) == (403, 1)
    assert await stored(clinic) == before


# -- what cannot be read -----------------------------------------------------------------------------------------


async def test_more_than_64_kilobytes_are_not_read(callback: CallbackClient):
    openid = await callback.clinic.person()

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 65536

    before = await stored(callback.clinic)
    sizes = {"a byte too many": b"x" * (64 * 1024 + 1), "a megabyte": b"x" * 2**20, "no length given": endless()}
    found = {name: (await callback.post(callback.stamp(), body))[0] for name, body in sizes.items()}
    assert found == dict.fromkeys(sizes, 413)
    assert await stored(callback.clinic) == before
    assert await callback.clinic.say(openid, "你好")


async def test_a_body_that_is_no_push_gets_400_and_leaves_no_trace(callback: CallbackClient):
    openid = await callback.clinic.person()
    billion = "<!DOCTYPE xml [<!ENTITY a 'ha'>" + "".join(
        f"<!ENTITY {chr(98 + n)} '&{chr(97 + n)};&{chr(97 + n)};'>" for n in range(20)
    )
    bodies: dict[str, bytes] = {
        "empty": b"",
        "no markup": "预约".encode(),
        "json": b'{"Encrypt": "x"}',
        "cut short": body_of(callback.sealed(text_push(openid, "x")))[:-20],
        "another root": b"<html><Encrypt>x</Encrypt></html>",
        "a billion laughs": f"{billion}]><xml><Encrypt>&u;</Encrypt></xml>".encode(),
        "an outside entity": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Encrypt>&e;</Encrypt></xml>',
        "an entity of its own": b"<xml><Encrypt>&e;</Encrypt></xml>",
        "a document type": b"<!DOCTYPE xml><xml><Encrypt>x</Encrypt></xml>",
        "a comment first": b"<!-- x --><!DOCTYPE xml><xml><Encrypt>x</Encrypt></xml>",
        "very deep": b"<xml>" + b"<a>" * 9000 + b"</a>" * 9000 + b"</xml>",
        "very deep, never closed": b"<xml>" + b"<a>" * 20000,
        "latin-1": "<xml><Encrypt>é</Encrypt></xml>".encode("latin-1"),
        "utf-16": "<xml><Encrypt>x</Encrypt></xml>".encode("utf-16"),
        "declared utf-16": b'<?xml version="1.0" encoding="utf-16"?><xml><Encrypt>x</Encrypt></xml>',
        "an unknown encoding": b'<?xml version="1.0" encoding="klingon"?><xml><Encrypt>x</Encrypt></xml>',
        "null bytes": b"\x00" * 100,
    }
    before = await stored(callback.clinic)
    found = {name: (await callback.post(callback.stamp(), body))[0] for name, body in bodies.items()}
    assert {name: status for name, status in found.items() if status not in {400, 403}} == {}
    assert await stored(callback.clinic) == before
    assert await callback.clinic.say(openid, "你好")


async def test_junk_in_the_encrypted_part_gets_400_although_it_is_signed(callback: CallbackClient):
    openid = await callback.clinic.person()
    good = callback.sealed(text_push(openid, "x"))
    junk = {
        "no base64": "这不是密文",
        "base64 with holes": good[:40] + "*" + good[41:],
        "cut short": good[:-30],
        "a single block": "AAAAAAAAAAAAAAAAAAAAAA==",
        "nothing inside": "====",
        "spaces": " " * 64,
        "line breaks": "\n".join(good[n : n + 64] for n in range(0, len(good), 64)),
    }
    before = await stored(callback.clinic)
    found = {name: (await callback.post(callback.signed_for(each), body_of(each)))[0] for name, each in junk.items()}
    assert {name: status for name, status in found.items() if status not in {400, 403}} == {}
    assert await stored(callback.clinic) == before
    assert await callback.clinic.say(openid, "你好")


async def test_a_body_that_does_not_decompress_or_never_ends_is_no_server_error(callback: CallbackClient):
    openid = await callback.clinic.person()
    good = callback.sealed(text_push(openid, "你好", number=9_000_000_003))
    query = callback.signed_for(good)
    assert (await callback.post(query, b"this is not gzip", **{"Content-Encoding": "gzip"}))[0] == 400
    bomb = gzip.compress(b"x" * (8 * 2**20))
    assert (await callback.post(query, bomb, **{"Content-Encoding": "gzip"}))[0] in {400, 413}
    where = urlsplit(callback.clinic.url)
    for rest in (b"", b"3\r\nabc\r\nnonsense\r\n"):
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        length = b"Transfer-Encoding: chunked" if rest else b"Content-Length: 500"
        writer.write(b"POST /wechat/callback HTTP/1.1\r\nHost: clinic\r\n" + length + b"\r\n\r\n" + rest)
        await writer.drain()
        if rest:
            assert b" 400 " in await reader.readline()
        writer.close()
        await writer.wait_closed()
    assert await callback.clinic.say(openid, "你好")


def whole_push(openid: str) -> dict[str, Any]:
    return {
        "ToUserName": "gh_de0000000001",
        "FromUserName": openid,
        "CreateTime": 1_790_000_000,
        "MsgType": "text",
        "Content": "你好",
        "MsgId": 9_000_000_004,
    }


async def test_a_signed_push_is_never_refused_for_a_gap(callback: CallbackClient):
    """It is kept as what it is or as unknown of its kind, whoever it is of, and acknowledged."""
    clinic = callback.clinic
    openid = await clinic.person()
    whole = whole_push(openid)
    event = {**whole, "MsgType": "event", "Event": "CLICK", "EventKey": "BOOK"}
    place = {**whole, "MsgType": "location", "Location_X": "31.2", "Location_Y": "121.4"}
    pushes: dict[str, str | bytes] = {
        **{f"without {name}": write({k: v for k, v in whole.items() if k != name}) for name in whole},
        **{f"with an empty {name}": write({**whole, name: ""}) for name in whole if name != "Content"},
        "an event without a name": write({**event, "Event": ""}),
        "a tap without a key": write({**event, "EventKey": ""}),
        "a picture without one": write({**whole, "MsgType": "image"}),
        "a place that is none": write({**place, "Location_X": "NaN"}),
        "a place in words": write({**place, "Location_Y": "somewhere"}),
        "a time in words": write({**whole, "CreateTime": "noon"}),
        "a time before time": write({**whole, "CreateTime": "-1"}),
        "a time beyond time": write({**whole, "CreateTime": "9" * 30}),
        "an endless openid": write({**whole, "FromUserName": "o" * 5000}),
        "not UTF-8": write(whole).encode("gbk"),
        "not escaped": write({**whole, "Content": "看 (]]>_<[[) <b>&nbsp;"}, escaped=False),
        "a receipt of nothing": write({**event, "Event": "TEMPLATESENDJOBFINISH"}),
    }
    contacts = await clinic.app.database.collection("contacts").count_documents({})
    found = {}
    for number, (name, xml) in enumerate(pushes.items()):
        raw = xml if isinstance(xml, bytes) else xml.encode()
        found[name] = await callback.post_sealed(raw.replace(b"9000000004", str(9_100_000_000 + number).encode()))
    assert found == dict.fromkeys(pushes, 200)
    await clinic.app.dispatcher.drained(60)
    assert await clinic.rows("inbox", {"state": {"$ne": "done"}}) == []
    assert await clinic.app.database.collection("contacts").count_documents({}) == contacts
    assert "看 (]]>_<[[) <b>&nbsp;" in [line.text for line in await clinic.story(openid)]
    assert await clinic.say(openid, "你好")


async def test_a_signed_push_that_is_no_push_gets_400_and_leaves_no_trace(callback: CallbackClient):
    openid = await callback.clinic.person()
    whole = whole_push(openid)
    event = {**whole, "MsgType": "event", "Event": "CLICK", "EventKey": "BOOK"}
    pushes: dict[str, str | bytes] = {
        "nothing in it": "<xml></xml>",
        "a document type": '<!DOCTYPE xml [<!ENTITY e "x">]>' + write(whole),
        "too deep": write({**event, "Event": "odd", "A": {"B": {"C": {"D": {"E": {"F": {"G": {"H": "x"}}}}}}}}),
        "cut short": write(whole)[:-9],
        "nothing": "",
        "UTF-16": write(whole).encode("utf-16"),
    }
    before = await stored(callback.clinic)
    found = {name: await callback.post_sealed(xml) for name, xml in pushes.items()}
    assert found == dict.fromkeys(pushes, 400)
    assert await stored(callback.clinic) == before
    assert await callback.clinic.say(openid, "你好")


# -- changing the key --------------------------------------------------------------------------------------------


async def test_while_the_key_is_changed_pushes_under_both_keys_are_answered(open_clinic: OpenClinic):
    new, old = OTHER_KEY, "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    clinic = await open_clinic(wechat_aes_key=SecretStr(new), wechat_aes_key_previous=SecretStr(old))
    clinic.platform.account.aes_key = old
    openid = await clinic.person()
    assert "有什么可以帮您" in await clinic.say(openid, "你好")
    clinic.platform.account.aes_key = new
    assert "预约哪个项目" in await clinic.say(openid, "预约")
    clinic.platform.account.aes_key = old
    assert "哪天方便" in await clinic.say(openid, "洁牙")


async def test_the_former_key_is_refused_once_it_is_no_longer_named(clinic: Clinic):
    openid = await clinic.person()
    clinic.platform.account.aes_key = OTHER_KEY
    push = await clinic.platform.say(openid, "你好")
    assert (push.status, push.attempts) == (403, 1)


# -- everything the platform tells -------------------------------------------------------------------------------

MENU_TAP = {"EventKey": "BOOK"}
SYSTEM = {"OpenID": "oSomebodyElse000000000000000", "AppID": "wxde00c1000c0000aa"}
RAW: tuple[dict[str, Any], ...] = (
    {"MsgType": "text", "Content": "你好", "MsgDataId": "2247483650", "Idx": 1},
    {"MsgType": "text", "Content": "【收到不支持的消息类型，暂无法显示】"},
    {"MsgType": "text", "Content": ""},
    {"MsgType": "text", "Content": "三" * 15_000},
    {"MsgType": "image", "PicUrl": "http://mmbiz.qpic.cn/1", "MediaId": "m1"},
    {"MsgType": "voice", "MediaId": "m2", "Format": "amr", "MediaId16K": "m3", "Recognition": ""},
    {"MsgType": "video", "MediaId": "m4", "ThumbMediaId": "m5"},
    {"MsgType": "shortvideo", "MediaId": "m6", "ThumbMediaId": "m7"},
    {"MsgType": "location", "Location_X": 31.2304, "Location_Y": 121.4737, "Scale": 16, "Label": "人民广场"},
    {"MsgType": "link", "Title": "口腔护理", "Description": "", "Url": "https://example.cn/a"},
    {"MsgType": "sticker", "Code": "1F600"},
    {"Event": "subscribe", "EventKey": ""},
    {"Event": "subscribe", "EventKey": "qrscene_doc_7", "Ticket": "gQH"},
    {"Event": "subscribe", "EventKey": "last_trade_no_4000000000"},
    {"Event": "SCAN", "EventKey": "doc_7", "Ticket": "gQH"},
    {"Event": "LOCATION", "Latitude": 23.137466, "Longitude": 113.352425, "Precision": 119.385040},
    {"Event": "CLICK", **MENU_TAP},
    {"Event": "VIEW", "EventKey": "https://example.cn/", "MenuId": 400000001},
    {"Event": "view_miniprogram", "EventKey": "pages/a", "MenuId": 400000001},
    {"Event": "scancode_push", **MENU_TAP, "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "1"}},
    {"Event": "scancode_waitmsg", **MENU_TAP, "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "2"}},
    {"Event": "pic_sysphoto", **MENU_TAP, "SendPicsInfo": {"Count": 1, "PicList": {"item": {"PicMd5Sum": "0" * 32}}}},
    {"Event": "pic_photo_or_album", **MENU_TAP, "SendPicsInfo": {"Count": 0, "PicList": ""}},
    {"Event": "pic_weixin", **MENU_TAP, "SendPicsInfo": {"Count": 2, "PicList": {"item": [{"PicMd5Sum": "1"}] * 2}}},
    {
        "Event": "location_select",
        **MENU_TAP,
        "SendLocationInfo": {"Location_X": 23, "Location_Y": 113, "Scale": 15, "Label": "天河", "Poiname": "公园"},
    },
    {"Event": "TEMPLATESENDJOBFINISH", "MsgID": 3428411849815982087, "Status": "failed:user block"},
    {"Event": "MASSSENDJOBFINISH", "MsgID": 1000001625, "Status": "err(30003)", "TotalCount": 10, "SentCount": 5},
    {"Event": "PUBLISHJOBFINISH", "PublishEventInfo": {"publish_id": 2247503051, "publish_status": 0}},
    {
        "Event": "subscribe_msg_popup_event",
        "SubscribeMsgPopupEvent": {
            "List": [
                {"TemplateId": "NTC_VISIT", "SubscribeStatusString": "accept", "PopupScene": 1},
                {"TemplateId": "NTC_CARE", "SubscribeStatusString": "reject", "PopupScene": 1},
            ]
        },
    },
    {
        "Event": "subscribe_msg_change_event",
        "SubscribeMsgChangeEvent": {"List": {"TemplateId": "NTC_VISIT", "SubscribeStatusString": "reject"}},
    },
    {
        "Event": "subscribe_msg_sent_event",
        "SubscribeMsgSentEvent": {
            "List": {"TemplateId": "NTC_VISIT", "MsgID": 1864323726461255680, "ErrorCode": 0, "ErrorStatus": "success"}
        },
    },
    {"Event": "kf_create_session", "KfAccount": "desk1@clinicwx"},
    {"Event": "kf_close_session", "KfAccount": "desk1@clinicwx", "CloseType": "KF"},
    {"Event": "kf_switch_session", "FromKfAccount": "desk1@clinicwx", "ToKfAccount": "desk2@clinicwx"},
    {"Event": "user_info_modified", **SYSTEM},
    {"Event": "user_authorization_revoke", **SYSTEM, "RevokeInfo": "205"},
    {"Event": "user_authorization_cancellation", **SYSTEM},
    {"Event": "qualification_verify_success", "ExpiredTime": 1_800_000_000},
    {"Event": "qualification_verify_fail", "FailTime": 1_790_000_000, "FailReason": "资料不全"},
    {"Event": "naming_verify_success", "ExpiredTime": 1_800_000_000},
    {"Event": "naming_verify_fail", "FailTime": 1_790_000_000, "FailReason": "名称不符"},
    {"Event": "annual_renew", "ExpiredTime": 1_800_000_000},
    {"Event": "verify_expired", "ExpiredTime": 1_790_000_000},
    {"Event": "user_get_card", "CardId": "p1", "UserCardCode": "12312312", "IsGiveByFriend": 0},
    {"Event": "WifiConnected", "ConnectTime": 0, "ShopId": 1},
    {"Event": "something_of_next_year", "New": {"List": [{"A": "1"}, {"A": "2"}]}, "a.b": "dotted", "_id": "own"},
    {"Event": "unsubscribe", "EventKey": ""},
)


def _number(fields: Mapping[str, Any], place: int) -> dict[str, Any]:
    return {"CreateTime": 1_790_000_000 + place % 1000} if "Event" in fields else {"MsgId": place}


async def test_everything_the_platform_can_tell_is_acknowledged_at_once_and_noted(clinic: Clinic):
    openid = await clinic.person()
    results = {
        str(fields): await clinic.platform.push_raw(openid, {**fields, **_number(fields, place)})
        for place, fields in enumerate(RAW, 9_100_000_000)
    }
    unhappy = {name: push.problem for name, push in results.items() if (push.ok, push.attempts) != (True, 1)}
    assert unhappy == {}
    lines = await clinic.rows("interactions", {"kind": "message:received"})
    assert len(lines) == 1 + len(RAW)  # the follow, and each of these
    assert {row["state"] for row in await clinic.rows("inbox")} == {"done"}


async def test_a_reported_position_is_noted_without_where_it_was(clinic: Clinic):
    openid = await clinic.person()
    push = await clinic.platform.push_raw(
        openid, {"Event": "LOCATION", "Latitude": "23.137466", "Longitude": "113.352425", "Precision": "119.385040"}
    )
    assert push.ok
    everything = str(await stored(clinic))
    assert "PositionReported" in everything
    assert not any(number in everything for number in ("23.137", "113.352", "119.385"))


async def test_the_patients_own_gestures_are_all_answered_or_acknowledged(clinic: Clinic):
    openid, platform = await clinic.person(), clinic.platform
    for gesture in (
        platform.say(openid, "你好"),
        platform.send_image(openid),
        platform.send_voice(openid),
        platform.send_video(openid),
        platform.send_location(openid),
        platform.send_link(openid),
        platform.tap_menu(openid, "BOOK"),
        platform.tap_menu(openid, "CLINIC_INFO"),
        platform.tap_menu(openid, "PROFILE"),
        platform.tap_menu(openid, "HUMAN"),
        platform.tap_menu(openid, "CONSENT"),
        platform.tap_menu(openid, "MY_APPOINTMENTS"),
    ):
        push = await gesture
        assert (push.ok, push.attempts) == (True, 1)
        assert push.reply is not None
        assert push.reply["text"].strip()
    for quiet in (
        platform.answer_notice(openid, ["NTC_VISIT", "NTC_CARE"]),
        platform.switch_off_notice(openid, "NTC_CARE"),
        platform.unfollow(openid),
    ):
        assert (await quiet).ok


# -- the same push again -----------------------------------------------------------------------------------------


async def test_a_push_that_comes_three_times_is_handled_once_and_answered_alike(clinic: Clinic):
    openid = await clinic.person()
    first = await clinic.platform.say(openid, "预约")
    again = [await clinic.platform.redeliver(first) for _ in range(2)]
    assert first.reply is not None
    assert [push.reply for push in again] == [first.reply, first.reply]
    said = [line for line in await clinic.story(openid) if line.text == "预约"]
    assert len(said) == 1
    assert "哪天方便" in await clinic.say(openid, "洁牙")


async def test_three_copies_at_the_same_moment_are_one_push(open_clinic: OpenClinic):
    clinic = await open_clinic()
    beside = await open_clinic(beside=clinic)
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "陈晓晴", "明天")
    booking = await clinic.platform.say(openid, "上午10:30")
    clinic.platform.account.callback_url = f"{clinic.url}/wechat/callback"
    copies = await asyncio.gather(*(clinic.platform.redeliver(booking) for _ in range(6)))
    assert booking.reply is not None
    assert [push.reply for push in copies] == [booking.reply] * 6
    assert beside.url != clinic.url
    assert [row["state"] for row in await clinic.rows("appointments")] == ["booked"]
    assert len([line for line in await clinic.story(openid) if line.kind == "appointment:booked"]) == 1


async def test_a_tap_that_is_repeated_by_the_platform_is_one_tap(clinic: Clinic):
    openid = await clinic.person()
    first = await clinic.platform.push_raw(openid, {"Event": "CLICK", "EventKey": "HUMAN", "CreateTime": 1_790_000_001})
    again = await clinic.platform.push_raw(openid, {"Event": "CLICK", "EventKey": "HUMAN", "CreateTime": 1_790_000_001})
    assert first.reply is not None
    assert again.reply == first.reply
    assert len(await clinic.rows("followups", {"kind": "handoff"})) == 1


async def test_two_different_taps_within_one_second_are_two(clinic: Clinic):
    openid = await clinic.person()
    taps = [
        await clinic.platform.push_raw(openid, {"Event": "CLICK", "EventKey": key, "CreateTime": 1_790_000_001})
        for key in ("BOOK", "CLINIC_INFO")
    ]
    assert "预约哪个项目" in str(taps[0].reply)
    assert "接诊时间" in str(taps[1].reply)


# -- words that would break out ----------------------------------------------------------------------------------


async def echo(context: Context) -> Reply:
    """Says the patient's own words back: once as they are, once as the name of an entry."""
    words = context.update.text if isinstance(context.update, TextMessage) else ""
    return Reply(wire=TextReply(text=words, options=(Option(id="again", label=words[:20]),)))


async def test_words_that_would_break_out_of_the_markup_come_back_harmless(open_clinic: OpenClinic):
    clinic = await open_clinic(routers=(Router("echo", (Route(TextMessage, echo),)),))
    openid = await clinic.person(follow=False)
    clinic.platform.people[openid].following = True
    for words in (
        "]]><MsgType><![CDATA[image]]></MsgType>",
        "]]]]>]]>",
        '<a href="https://example.cn">x</a> & <b>',
        "&#0; &lt; %s {name} \ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
        "a\tb\nc",
    ):
        push = await clinic.platform.say(openid, words)
        assert push.reply is not None
        assert push.reply["kind"] == "text"
        assert push.reply["text"].startswith(words)
    heard = await clinic.rows("interactions", {"kind": "message:received"})
    assert "]]><MsgType><![CDATA[image]]></MsgType>" in [line["text"] for line in heard]


async def test_a_push_is_in_hand_for_the_delivery_while_it_is_handled(open_clinic: OpenClinic):
    seen: list[bool] = []

    async def look(context: Context) -> Reply:
        seen.append(context.services.outbox.pushes.keep_coming())
        return await echo(context)

    clinic = await open_clinic(routers=(Router("look", (Route(TextMessage, look),)),))
    openid = await clinic.person(follow=False)
    clinic.platform.people[openid].following = True
    assert not clinic.app.services.outbox.pushes.keep_coming()
    await clinic.platform.say(openid, "您好")
    assert seen == [True]


TAKEN_OUT = ["预约", "预约", "[31m预约", "预约"]


async def test_control_characters_in_a_push_are_taken_out_and_the_rest_is_understood(callback: CallbackClient):
    openid = await callback.clinic.person()
    for number, text in enumerate(("预\x00约", "预\x0b约", "\x1b[31m预约", "预约\ufffe"), 9_000_000_100):
        clean = text_push(openid, "@@", number)
        encrypted = callback.sealed(clean.replace("@@", text))
        status, answer = await callback.post(callback.signed_for(encrypted), body_of(encrypted))
        assert status == 200
        reply = decode(answer, callback.clinic.platform.account, Expected(openid, "text", lambda _: False))
        assert reply is not None
        assert reply["text"].isprintable() or "\n" in reply["text"]
        read(write({"Content": reply["text"]}))
    lines = await callback.clinic.rows("interactions", {"payload.type": "text"})
    assert [line["text"] for line in sorted(lines, key=lambda line: line["_id"])] == TAKEN_OUT
