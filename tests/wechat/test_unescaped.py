"""Nothing a patient can type makes a push unreadable, or is taken for something that the platform said."""

import re
from collections.abc import Callable
from time import process_time
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from wxbot.dispatch import updates
from wxbot.wechat.codec import Codec
from wxbot.wechat.gateway import Gateway
from wxbot.wechat.message_kinds import key_of
from wxbot.wechat.parsing import parse
from wxbot.wechat.unescaped import read_unescaped

Push = Callable[..., bytes]
Signed = Callable[..., tuple[dict[str, str], bytes]]

PIECES = (
    *("]]>", "]]", ">", "<![CDATA[", "<", "&", "&amp;", "&nbsp;", "<!--", "-->", "<?x", "?>", "<!DOCTYPE xml>"),
    *("</Content>", "<Content>", "]]></Content>", "<Content><![CDATA[", "</xml>", "<xml>", "<a>", "</a>", "<a/>"),
    *("<MsgId>666</MsgId>", "<FromUserName><![CDATA[oVictim]]></FromUserName>", "<bizmsgmenuid>1</bizmsgmenuid>"),
    *("<MsgType><![CDATA[event]]></MsgType>", "<Event>subscribe</Event>", "<Encrypt>QUJD</Encrypt>", "<CreateTime>"),
    *("\n", "\r\n", "\t", " ", "\x00", "\x0b", "￾", "好", "😀", "(]]>_<[[)", "a[b[0]]>1", "]]]]>"),
)
typed = st.lists(
    st.sampled_from(PIECES) | st.text(st.characters(exclude_categories=["Cs"]), max_size=6), max_size=14
).map("".join)
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
ESCAPES = ("]]]]><![CDATA[>", "]]]><![CDATA[]>")  # these two mean ]]> where a platform escapes it

INJECTED = "x]]></Content><FromUserName><![CDATA[oVictim]]></FromUserName><MsgId>666</MsgId><Content><![CDATA[y"
CASES = (
    *("]]>", "a[b[0]]>1", "]]></Content>", "</Content>]]>", "]]><!--", "]]></Content></xml>", "]]>&nbsp;", INJECTED),
    *("]]><b>x</b><![CDATA[", "]]>x<![CDATA[", "]]></Content><!-- x --><Content><![CDATA[", "]]><?x?>", "]]>" * 200),
    *("]]></Content><Content><![CDATA[", "]]></Content><bizmsgmenuid>1</bizmsgmenuid><Content><![CDATA["),
)


def raw(content: str, **fields: str) -> bytes:
    """A text push with `content` put into it as it is."""
    after = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return (
        "<xml><ToUserName><![CDATA[gh_clinic]]></ToUserName><FromUserName><![CDATA[oPatient001]]></FromUserName>"
        "<CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{content}]]></Content><MsgId>24000000000000001</MsgId>{after}</xml>"
    ).encode("utf-8", "surrogatepass")


def as_read(text: str) -> str:
    """What XML leaves of a text: one kind of line end, none of the characters it cannot carry."""
    return NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def held(update: updates.Update, content: str) -> None:
    """It is the patient's own text, whatever stands in it."""
    assert isinstance(update, updates.TextMessage)
    assert (update.openid, update.account) == ("oPatient001", "gh_clinic")
    assert update.key == key_of("oPatient001", "24000000000000001")
    assert update.created_at.timestamp() == 1_700_000_000
    assert update.menu_id is None
    assert update.text == as_read(content)


@settings(max_examples=400)
@given(typed)
def test_whatever_is_typed_is_read_as_it_was_typed(content: str) -> None:
    assume(not any(escape in content for escape in ESCAPES))
    held(parse(raw(content)), content)


@pytest.mark.parametrize("content", CASES)
def test_what_broke_a_push_before_is_read(content: str) -> None:
    held(parse(raw(content)), content)


@pytest.mark.parametrize("content", CASES)
def test_a_push_with_more_fields_behind_the_words_is_read(content: str) -> None:
    update = parse(raw(content, MsgDataId="99", Idx="2"))
    held(update, content)
    assert isinstance(update, updates.TextMessage)
    assert (update.article_id, update.article_index) == ("99", 2)


@pytest.mark.parametrize("escape", ESCAPES)
def test_where_the_platform_escapes_it_the_escape_is_undone(escape: str) -> None:
    held(parse(raw(f"a{escape}b")), "a]]>b")


@settings(max_examples=300)
@given(typed)
@example("x]]></Label></SendLocationInfo><EventKey>")
def test_no_other_kind_of_push_is_made_unreadable_or_anothers(content: str) -> None:
    common = (
        "<xml><ToUserName><![CDATA[gh_clinic]]></ToUserName><FromUserName><![CDATA[oPatient001]]></FromUserName>"
        "<CreateTime>1700000000</CreateTime>"
    )
    section = f"<![CDATA[{content}]]>"
    pushes = {
        updates.LocationMessage: "<MsgType>location</MsgType><Location_X>23</Location_X><Location_Y>113</Location_Y>"
        f"<Scale>20</Scale><Label>{section}</Label><MsgId>7</MsgId>",
        updates.VoiceMessage: "<MsgType>voice</MsgType><MediaId>M</MediaId><Format>amr</Format>"
        f"<Recognition>{section}</Recognition><MsgId>7</MsgId>",
        updates.LinkMessage: f"<MsgType>link</MsgType><Title>{section}</Title><Description>{section}</Description>"
        "<Url><![CDATA[https://x]]></Url><MsgId>7</MsgId>",
        updates.CodeScanned: "<MsgType>event</MsgType><Event>scancode_waitmsg</Event><EventKey>K</EventKey>"
        f"<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>{section}</ScanResult></ScanCodeInfo>",
        updates.PlaceChosen: "<MsgType>event</MsgType><Event>location_select</Event><EventKey>K</EventKey>"
        "<SendLocationInfo><Location_X>23</Location_X><Location_Y>113</Location_Y><Scale>15</Scale>"
        f"<Label>{section}</Label><Poiname>{section}</Poiname></SendLocationInfo>",
    }
    for kind, inside in pushes.items():
        update = parse(f"{common}{inside}</xml>".encode("utf-8", "surrogatepass"))
        assert isinstance(update, kind)
        assert (update.openid, update.created_at.timestamp()) == ("oPatient001", 1_700_000_000)
        if isinstance(update, updates.PatientMessage):
            assert update.key == key_of("oPatient001", "7")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed)
@example("<Encrypt>QUJD</Encrypt>")
@example("]]></Content><Encrypt><![CDATA[QUJD]]></Encrypt><Content><![CDATA[")
def test_a_compatible_body_enters_whatever_its_plain_half_is(
    codec: Codec, still: Any, signed: Signed, content: str
) -> None:
    query, body = signed(raw(content))
    encrypted = body.partition(b"<Encrypt>")[2].partition(b"</Encrypt>")[0]
    mixed = raw(content).replace(b"</MsgId>", b"</MsgId><Encrypt>" + encrypted + b"</Encrypt>")
    for mode in ("safe", "plain"):
        incoming = Gateway(codec, mode, still).open(query, mixed)
        assert incoming.update.key == key_of("oPatient001", "24000000000000001")
        assert incoming.xml == raw(content)


@given(typed)
def test_what_an_xml_parser_reads_is_read_the_same_by_the_frame(content: str) -> None:
    """The two ways agree where both can read: a push that is escaped needs no second way, but loses nothing by it."""
    assume("]]>" not in content and not NOT_XML.search(content))
    text = raw(content).decode()
    framed = read_unescaped(text)
    assert framed is not None
    assert [(each.tag, each.text or "") for each in framed] == [
        (each.tag, each.text or "")
        for each in ET.fromstring(text)  # noqa: S314 - our own text
    ]


@pytest.mark.parametrize(
    "piece", ["]]></Content>", "<ScanCodeInfo>", "</ScanCodeInfo><ScanCodeInfo>", "<a></a>", "]]>", " "]
)
def test_reading_takes_as_long_as_the_text_is(piece: str) -> None:
    """Twice the text takes about twice as long, not four times: a bound on the work, not on the machine."""

    def seconds(times: int) -> float:
        xml = raw(piece * times)
        began = process_time()
        for _ in range(3):
            parse(xml)
        return process_time() - began

    seconds(500)
    small, large = seconds(1_000), seconds(8_000 if len(piece) < 9 else 4_000)
    assert large < max(small, 0.004) * 40
