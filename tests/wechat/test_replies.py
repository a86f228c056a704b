"""Passive replies: right for the push, safe whatever the words, and the same as wechatpy would write."""

from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy import replies as theirs

from wxbot.dispatch import updates
from wxbot.dispatch.replies import (
    Article,
    ImageReply,
    MusicReply,
    NewsReply,
    TextReply,
    TransferReply,
    VideoReply,
    VoiceReply,
    WireReply,
)
from wxbot.dispatch.updates import Followed, MenuClicked, Scanned, TextMessage, Update, takes_reply
from wxbot.templates.models import Option
from wxbot.wechat.replies import render
from wxbot.wechat.text import fit, with_options

NOW = datetime.fromtimestamp(1_700_000_002, UTC)
COMMON: dict[str, Any] = {"key": "m:1", "openid": "oPatient001", "account": "gh_clinic", "created_at": NOW}
MESSAGE = TextMessage(text="你好", **COMMON)
FOLLOWED = Followed(name="subscribe", **COMMON)


def fields(update: Update, reply: WireReply) -> dict[str, Any]:
    xml = render(update, reply, now=NOW)
    assert xml is not None
    return as_dict(read(xml.decode()))


def read(xml: str) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 - our own


def as_dict(element: ET.Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        value = as_dict(child) if len(child) else child.text or ""
        if child.tag == "item":
            found.setdefault("item", []).append(value)
        else:
            assert child.tag not in found
            found[child.tag] = value
    return found


HEAD = {"ToUserName": "oPatient001", "FromUserName": "gh_clinic", "CreateTime": "1700000002"}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (TextReply(text="好\n的"), {"MsgType": "text", "Content": "好\n的"}),
        (ImageReply(media_id="M"), {"MsgType": "image", "Image": {"MediaId": "M"}}),
        (VoiceReply(media_id="M"), {"MsgType": "voice", "Voice": {"MediaId": "M"}}),
        (VideoReply(media_id="M"), {"MsgType": "video", "Video": {"MediaId": "M"}}),
        (
            VideoReply(media_id="M", title="t", description="d"),
            {"MsgType": "video", "Video": {"MediaId": "M", "Title": "t", "Description": "d"}},
        ),
        (MusicReply(thumb_media_id="T"), {"MsgType": "music", "Music": {"ThumbMediaId": "T"}}),
        (
            MusicReply(thumb_media_id="T", title="t", description="d", url="u", high_quality_url="h"),
            {
                "MsgType": "music",
                "Music": {"ThumbMediaId": "T", "Title": "t", "Description": "d", "MusicUrl": "u", "HQMusicUrl": "h"},
            },
        ),
        (TransferReply(), {"MsgType": "transfer_customer_service"}),
        (
            TransferReply(agent="desk1@clinicwx"),
            {"MsgType": "transfer_customer_service", "TransInfo": {"KfAccount": "desk1@clinicwx"}},
        ),
    ],
)
def test_each_reply_has_the_fields_the_platform_wants(reply: WireReply, expected: dict[str, Any]) -> None:
    assert fields(MESSAGE, reply) == HEAD | expected


def articles(number: int) -> NewsReply:
    return NewsReply(
        articles=tuple(Article(title=f"t{n}", description="d", picture_url="p", url="u") for n in range(number))
    )


@pytest.mark.parametrize(("update", "given_", "kept"), [(MESSAGE, 3, 1), (FOLLOWED, 3, 3), (FOLLOWED, 12, 8)])
def test_articles_are_limited_by_what_they_answer(update: Update, given_: int, kept: int) -> None:
    found = fields(update, articles(given_))
    assert found["ArticleCount"] == str(kept)
    assert [item["Title"] for item in found["Articles"]["item"]] == [f"t{n}" for n in range(kept)]
    assert found["Articles"]["item"][0] == {"Title": "t0", "Description": "d", "PicUrl": "p", "Url": "u"}


def test_no_articles_and_no_words_are_no_reply() -> None:
    assert render(MESSAGE, articles(0), now=NOW) is None
    assert render(MESSAGE, TextReply(text=" \x01 "), now=NOW) is None


def test_an_event_is_never_transferred() -> None:
    assert render(FOLLOWED, TransferReply(), now=NOW) is None
    assert render(MenuClicked(name="CLICK", menu_key="K", **COMMON), TransferReply(), now=NOW) is None


SILENT = [
    updates.Unfollowed(name="unsubscribe", **COMMON),
    updates.MenuViewed(name="VIEW", url="u", **COMMON),
    updates.PositionReported(name="LOCATION", **COMMON),
    updates.TemplateSettled(name="TEMPLATESENDJOBFINISH", message_id="1", status="success", **COMMON),
    updates.MassSettled(name="MASSSENDJOBFINISH", message_id="1", status="", total=0, sent=0, failed=0, **COMMON),
    updates.PublishSettled(name="PUBLISHJOBFINISH", publish_id="1", status=0, **COMMON),
    updates.NoticesAnswered(name="subscribe_msg_popup_event", answers=(), **COMMON),
    updates.CodeScanned(name="scancode_push", menu_key="K", scan_type="", result="", waits_for_reply=False, **COMMON),
    updates.UnknownEvent(name="x", **COMMON),
]
ANSWERED = [
    MESSAGE,
    FOLLOWED,
    updates.UnknownMessage(message_type="x", **COMMON),
    Scanned(name="SCAN", scene="s", **COMMON),
    MenuClicked(name="CLICK", menu_key="K", **COMMON),
    updates.CodeScanned(name="scancode_waitmsg", menu_key="K", scan_type="", result="", waits_for_reply=True, **COMMON),
]


@pytest.mark.parametrize("update", SILENT)
def test_pushes_that_take_only_an_acknowledgement_get_no_reply(update: Update) -> None:
    assert not takes_reply(update)
    assert render(update, TextReply(text="好"), now=NOW) is None


@pytest.mark.parametrize("update", ANSWERED)
def test_pushes_that_take_a_reply_get_it(update: Update) -> None:
    assert takes_reply(update)
    assert fields(update, TextReply(text="好"))["Content"] == "好"


def test_words_cannot_break_out_of_their_section() -> None:
    text = "]]></Content><MsgType>image</MsgType><Content><![CDATA[ ]]> ]]]]>>"
    assert fields(MESSAGE, TextReply(text=text)) == HEAD | {"MsgType": "text", "Content": text}


@pytest.mark.parametrize(
    "reply",
    [
        ImageReply(media_id="]]><x>"),
        VoiceReply(media_id="]]><x>"),
        VideoReply(media_id="]]><x>", title="{media_id}]]>", description="\x00{0}"),
        MusicReply(thumb_media_id="]]><x>", title="{x}", description="]]>", url="]]>", high_quality_url="]]>"),
        NewsReply(articles=(Article(title="{x}]]>", description="]]>", picture_url="]]>", url="]]>\ud800"),)),
        TransferReply(agent="a@b]]><x>"),
    ],
)
def test_no_kind_of_reply_lets_anything_break_out(reply: WireReply) -> None:
    found = fields(MESSAGE, reply)
    assert "x" not in found
    assert set(HEAD.items()) <= {(key, value) for key, value in found.items() if isinstance(value, str)}


@given(st.text(st.characters(), max_size=80))
def test_any_words_give_xml_that_parses_to_the_same_words_without_control_characters(text: str) -> None:
    xml = render(MESSAGE, TextReply(text="好" + text), now=NOW)
    assert xml is not None
    content = read(xml.decode()).findtext("Content")
    expected = "".join(
        c for c in text if c in "\t\n\r" or not (c < " " or "\ud800" <= c <= "\udfff" or c in "\ufffe\uffff")
    )
    # XML itself turns every line end into \n
    assert content == "好" + expected.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("text", ["好", "a\nb", '您好，周五下午 14:30 还有号 <a href="https://x">查看</a> &amp;'])
def test_our_own_text_reply_says_the_same_as_wechatpys(text: str) -> None:
    reply = theirs.TextReply(source="gh_clinic", target="oPatient001", time=1700000002, content=text)
    ours = render(MESSAGE, TextReply(text=text), now=NOW)
    assert ours is not None
    assert as_dict(read(ours.decode())) == as_dict(read(reply.render()))


def options(number: int, label: str = "洁牙") -> tuple[Option, ...]:
    return tuple(Option(id=f"v{n}", label=label) for n in range(1, number + 1))


def test_options_are_numbered_lines_to_tap() -> None:
    text = with_options("请选择：", (Option(id="a1", label="洁牙"), Option(id="a2", label="补牙")))
    assert text == (
        "请选择：\n"
        '<a href="weixin://bizmsgmenu?msgmenucontent=洁牙&msgmenuid=a1">1. 洁牙</a>\n'
        '<a href="weixin://bizmsgmenu?msgmenucontent=补牙&msgmenuid=a2">2. 补牙</a>'
    )


def test_an_options_label_cannot_become_a_tag() -> None:
    text = with_options("", (Option(id='x"', label='<b>"牙&龈"</b>'),))
    label = "&lt;b&gt;&quot;牙&amp;龈&quot;&lt;/b&gt;"
    assert text == f'<a href="weixin://bizmsgmenu?msgmenucontent={label}&msgmenuid=x&quot;">1. {label}</a>'


def test_too_many_options_lose_their_links_but_not_their_numbers() -> None:
    text = with_options("请选择：", options(30))
    assert "<a" not in text
    assert text.splitlines()[0] == "请选择："
    assert text.splitlines()[30] == "30. 洁牙"


def test_long_words_are_cut_before_the_options_are() -> None:
    text = with_options("长" * 2000, options(5))
    lines = text.splitlines()
    assert lines[0].endswith("…")
    assert lines[1:] == [f"{n}. 洁牙" for n in range(1, 6)]
    assert len(text.encode()) <= 2048


def test_options_longer_than_a_whole_text_are_cut_too() -> None:
    text = with_options("请选择：", options(10, "长" * 200))
    assert len(text.encode()) <= 2048
    assert text.endswith("…")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.integers(3, 400))
def test_a_cut_text_fits_and_is_a_beginning_of_the_whole(text: str, limit: int) -> None:
    cut = fit(text, limit)
    assert len(cut.encode()) <= limit
    if len(text.encode()) <= limit:
        assert cut == text
    else:
        assert cut.endswith("…")
        assert text.startswith(cut[:-1])


def test_a_text_is_never_cut_inside_a_link() -> None:
    text = "您好" + "啊" * 20 + '<a href="https://clinic.example.cn/h5/book">预约</a>'
    assert fit(text, 90) == "您好" + "啊" * 20 + "…"


def test_a_text_of_exactly_the_limit_is_kept_whole() -> None:
    text = "a" * 2048
    assert fields(MESSAGE, TextReply(text=text))["Content"] == text
    assert fields(MESSAGE, TextReply(text=text + "b"))["Content"] == "a" * 2045 + "…"
