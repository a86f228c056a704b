"""Whatever a patient or the platform sends, of any size, in any dialogue: the next text is answered and 退订 is heard.

`FUZZ_EXAMPLES=5000` tries so many pushes, different ones each time; by default it is the same few.
"""

import os
from itertools import count
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.scenarios.conftest import Clinic
from wxbot.patients.models import ConsentTopic
from wxbot.wechat.gateway import BODY
from wxbot.wechat.parsing import parse
from wxbot.wechat.refusals import MalformedError

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))

DIALOGUES = (
    (),
    ("预约",),
    ("预约", "洁牙"),
    ("预约", "洁牙", "1"),
    ("预约", "洁牙", "1", "1", "我的预约"),
    ("预约", "洁牙", "1", "1", "我的预约", "1"),
    ("生日与姓名",),
    ("生日与姓名", "跳过"),
    ("消息设置",),
    ("人工",),
)
STARTS = (
    *("", "我叫", "姓名 ", "生日", "生日是 农历", "预约", "我想预约", "取消", "请退订", "谢谢", "明天", "下周"),
    *(
        "bk:",
        "bk:page:day:",
        "bk:time:any:",
        "bk:day:",
        "ap:cancel:",
        "profile:skip",
        "BOOK",
    ),
)
PIECES = (
    *(
        " ",
        "\t",
        "\n",
        "　",
        "1",
        "９",
        "٣",
        "一",
        "十",
        "我",
        "了",
        "再",
        "[",
        "玫",
        ".",
        ":",
        "-",
        "'",
        "<",
        "&",
        "]]>",
    ),
    *("\u200b", "\u202e", "ﷺ", "😀", "é", "e\u0301\u0301", "我叫 ", "谢谢你", "月1", "1:", "bk:"),
)
SIZES = (0, 1, 2, 5, 41, 601, 4_301, 16_000)

xml_characters = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
runs = st.builds(
    lambda start, piece, size, end: (start + piece * size + end)[:16_001],
    st.sampled_from(STARTS),
    st.sampled_from(PIECES),
    st.sampled_from(SIZES),
    st.sampled_from(("", "1", "月", "!", "退订")),
)
texts = runs | st.builds(str.__add__, st.sampled_from(STARTS), st.text(xml_characters, max_size=60))

EVENTS = (
    *("subscribe", "unsubscribe", "SCAN", "LOCATION", "CLICK", "VIEW", "view_miniprogram", "scancode_push"),
    *("scancode_waitmsg", "pic_sysphoto", "location_select", "TEMPLATESENDJOBFINISH", "MASSSENDJOBFINISH"),
    *("PUBLISHJOBFINISH", "subscribe_msg_popup_event", "subscribe_msg_change_event", "subscribe_msg_sent_event"),
    *("kf_create_session", "kf_switch_session", "user_info_modified", "user_authorization_revoke"),
    *("user_authorization_cancellation", "naming_verify_fail", "annual_renew", "nobody_knows_this"),
)
MESSAGES = ("text", "image", "voice", "video", "shortvideo", "location", "link", "file", "nobody_knows_this")
FIELDS = (
    *(
        "Content",
        "bizmsgmenuid",
        "EventKey",
        "Ticket",
        "Status",
        "MsgID",
        "MediaId",
        "PicUrl",
        "Format",
        "ThumbMediaId",
    ),
    *("Location_X", "Location_Y", "Scale", "Label", "Title", "Description", "Url", "MenuId", "KfAccount"),
    *(
        "Latitude",
        "FromKfAccount",
        "ToKfAccount",
        "RevokeInfo",
        "TotalCount",
        "SentCount",
        "ErrorCount",
        "Idx",
        "MsgDataId",
    ),
    *("ScanCodeInfo/ScanType", "ScanCodeInfo/ScanResult", "SendLocationInfo/Location_X", "SendLocationInfo/Label"),
    *("SendLocationInfo/Location_Y", "PublishEventInfo/publish_id", "PublishEventInfo/publish_status"),
    *("SubscribeMsgPopupEvent/List/TemplateId", "SubscribeMsgPopupEvent/List/SubscribeStatusString"),
    *("SubscribeMsgSentEvent/List/MsgID", "SubscribeMsgSentEvent/List/ErrorStatus", "Unknown"),
)
values = st.sampled_from(("1", "-1.5", "accept", "qrscene_1", "BOOK", "success")) | texts
pushes = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([("MsgType", kind) for kind in MESSAGES] + [("Event", kind) for kind in EVENTS]),
        "fields": st.dictionaries(st.sampled_from(FIELDS), values, max_size=6),
    }
)
text_pushes = st.builds(
    lambda text, tapped: {
        "kind": ("MsgType", "text"),
        "fields": {"Content": text or "?", **({"bizmsgmenuid": tapped} if tapped else {})},
    },
    texts,
    st.none() | st.none() | texts,
)
numbers = count(1)


def xml_of(push: dict[str, Any], openid: str, clinic: Clinic) -> bytes:
    """As the platform would push it."""
    root = ET.Element("xml")
    kind, name = push["kind"]
    common = {"ToUserName": "gh_de0000000001", "FromUserName": openid, "CreateTime": int(clinic.now.timestamp())}
    if kind == "Event":
        common |= {"MsgType": "event", "Event": name}
    else:
        common |= {"MsgType": name, "MsgId": 10**15 + next(numbers)}
    for path, value in {**common, **push["fields"]}.items():
        element = root
        for tag in path.split("/"):
            inside = element.find(tag)
            element = ET.SubElement(element, tag) if inside is None else inside
        element.text = str(value)
    xml: bytes = ET.tostring(root, encoding="utf-8")
    return xml


async def reached_a_person(clinic: Clinic, openid: str, words: str) -> None:
    """Where the bot is silent a person is called, and the words are shown to them."""
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    tasks = await clinic.app.services.followups.open_of([], [contact.id])
    assert any(words in {each.text for each in task.words} or task.unlisted for task in tasks)


@settings(
    max_examples=EXAMPLES or 60,
    derandomize=not EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(dialogue=st.sampled_from(DIALOGUES), sent=st.lists(text_pushes | pushes, min_size=1, max_size=4))
@example(dialogue=(), sent=[{"kind": ("MsgType", "text"), "fields": {"Content": "我叫" + " " * 16_000 + "1"}}])
@example(dialogue=("预约",), sent=[{"kind": ("MsgType", "text"), "fields": {"Content": "9" * 4_301}}])
@example(
    dialogue=("预约", "洁牙"),
    sent=[{"kind": ("MsgType", "text"), "fields": {"Content": "1", "bizmsgmenuid": "bk:page:day:" + "9" * 4_301}}],
)
async def test_after_any_push_the_next_text_is_answered_and_a_stop_is_heard(
    clinic: Clinic, dialogue: tuple[str, ...], sent: list[dict[str, Any]]
) -> None:
    openid = await clinic.person()
    for words in dialogue:
        assert await clinic.say(openid, words)
    for push in sent:
        xml = xml_of(push, openid, clinic)
        try:
            update = parse(xml)
        except MalformedError:
            continue  # refused at the door
        if len(xml) <= BODY:
            await clinic.app.dispatcher.answer(update, xml)
    await clinic.app.dispatcher.drained(60)
    if not await clinic.say(openid, "你好"):
        await reached_a_person(clinic, openid, "你好")
    assert await clinic.say(openid, "退订")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    assert not contact.allows(ConsentTopic.CARE)
    unfinished = {"openid": openid, "state": {"$ne": "done"}}
    assert await clinic.rows("inbox", unfinished) == []
    faults = {"key": {"$regex": "^(handler|push)_failed"}}
    assert await clinic.rows("followups", faults) == []
