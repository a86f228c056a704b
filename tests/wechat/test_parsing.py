"""Every push of reference §2 becomes its own Update, and nothing else ever comes out than an Update or a refusal."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.dispatch import updates
from wxbot.dispatch.updates import NoticeAnswer, NoticeReceipt, Update
from wxbot.wechat.message_kinds import key_of
from wxbot.wechat.parsing import parse
from wxbot.wechat.refusals import MalformedError

Push = Callable[..., bytes]
COMMON: dict[str, Any] = {
    "openid": "oPatient001",
    "account": "gh_clinic",
    "created_at": datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
}

MESSAGES: list[tuple[dict[str, str], type[Update], dict[str, Any]]] = [
    ({"MsgType": "text", "Content": "想改约\n到周五 "}, updates.TextMessage, {"text": "想改约\n到周五 "}),
    ({"MsgType": "text", "Content": ""}, updates.TextMessage, {"text": ""}),
    (
        {"MsgType": "text", "Content": "满意", "bizmsgmenuid": "101"},
        updates.TextMessage,
        {"text": "满意", "menu_id": "101"},
    ),
    (
        {"MsgType": "text", "Content": "你好", "MsgDataId": "99", "Idx": "2"},
        updates.TextMessage,
        {"text": "你好", "article_id": "99", "article_index": 2},
    ),
    (
        {"MsgType": "image", "PicUrl": "http://p/1", "MediaId": "M1"},
        updates.ImageMessage,
        {"media_id": "M1", "picture_url": "http://p/1"},
    ),
    (
        {"MsgType": "voice", "MediaId": "M2", "Format": "amr", "MediaId16K": "M216", "Recognition": "我想改约"},
        updates.VoiceMessage,
        {"media_id": "M2", "audio_format": "amr", "media_id_16k": "M216", "recognition": "我想改约"},
    ),
    (
        {"MsgType": "video", "MediaId": "M3", "ThumbMediaId": "T3"},
        updates.VideoMessage,
        {"media_id": "M3", "thumb_media_id": "T3"},
    ),
    (
        {"MsgType": "shortvideo", "MediaId": "M3", "ThumbMediaId": "T3"},
        updates.VideoMessage,
        {"media_id": "M3", "thumb_media_id": "T3", "short": True},
    ),
    (
        {"MsgType": "location", "Location_X": "23.13", "Location_Y": "113.35", "Scale": "20", "Label": "门诊楼"},
        updates.LocationMessage,
        {"latitude": 23.13, "longitude": 113.35, "scale": 20, "label": "门诊楼"},
    ),
    (
        {"MsgType": "link", "Title": "t", "Description": "d", "Url": "https://x"},
        updates.LinkMessage,
        {"title": "t", "description": "d", "url": "https://x"},
    ),
    ({"MsgType": "hologram"}, updates.UnknownMessage, {"message_type": "hologram"}),
]

POPUP = "<List><TemplateId>A</TemplateId><SubscribeStatusString>accept</SubscribeStatusString></List>"
REJECT = "<List><TemplateId>B</TemplateId><SubscribeStatusString>reject</SubscribeStatusString></List>"
SENT = (
    "<List><TemplateId>A</TemplateId><MsgID>1700827132819554304</MsgID>"
    "<ErrorCode>0</ErrorCode><ErrorStatus>success</ErrorStatus></List>"
)

EVENTS: list[tuple[dict[str, str], type[Update], dict[str, Any]]] = [
    ({"Event": "subscribe", "EventKey": ""}, updates.Followed, {}),
    ({"Event": "subscribe"}, updates.Followed, {}),
    (
        {"Event": "subscribe", "EventKey": "qrscene_doc_7", "Ticket": "T"},
        updates.Followed,
        {"scene": "doc_7", "ticket": "T"},
    ),
    ({"Event": "subscribe", "EventKey": "last_trade_no_4200001"}, updates.Followed, {}),
    ({"Event": "unsubscribe", "EventKey": ""}, updates.Unfollowed, {}),
    ({"Event": "SCAN", "EventKey": "doc_7", "Ticket": "T"}, updates.Scanned, {"scene": "doc_7", "ticket": "T"}),
    (
        {"Event": "LOCATION", "Latitude": "23.1", "Longitude": "113.3", "Precision": "119"},
        updates.PositionReported,
        {},
    ),
    ({"Event": "CLICK", "EventKey": "BOOK"}, updates.MenuClicked, {"menu_key": "BOOK"}),
    (
        {"Event": "VIEW", "EventKey": "https://x/?a=1&b=2", "MenuId": "5"},
        updates.MenuViewed,
        {"url": "https://x/?a=1&b=2", "menu_id": "5"},
    ),
    ({"Event": "view_miniprogram", "EventKey": "pages/a"}, updates.MenuViewed, {"url": "pages/a"}),
    (
        {
            "Event": "scancode_push",
            "EventKey": "K",
            "ScanCodeInfo": "<ScanType>qrcode</ScanType><ScanResult>R</ScanResult>",
        },
        updates.CodeScanned,
        {"menu_key": "K", "scan_type": "qrcode", "result": "R", "waits_for_reply": False},
    ),
    (
        {
            "Event": "scancode_waitmsg",
            "EventKey": "K",
            "ScanCodeInfo": "<ScanType>qrcode</ScanType><ScanResult>R</ScanResult>",
        },
        updates.CodeScanned,
        {"menu_key": "K", "scan_type": "qrcode", "result": "R", "waits_for_reply": True},
    ),
    *(
        (
            {
                "Event": name,
                "EventKey": "K",
                "SendPicsInfo": "<Count>2</Count><PicList><item><PicMd5Sum>a</PicMd5Sum></item></PicList>",
            },
            updates.PicturesChosen,
            {"menu_key": "K", "count": 2},
        )
        for name in ("pic_sysphoto", "pic_photo_or_album", "pic_weixin")
    ),
    (
        {
            "Event": "location_select",
            "EventKey": "K",
            "SendLocationInfo": "<Location_X>23</Location_X><Location_Y>113</Location_Y><Scale>15</Scale>"
            "<Label>路</Label><Poiname>楼</Poiname>",
        },
        updates.PlaceChosen,
        {"menu_key": "K", "latitude": 23.0, "longitude": 113.0, "label": "路", "place_name": "楼"},
    ),
    (
        {"Event": "TEMPLATESENDJOBFINISH", "MsgID": "3428411849815982087", "Status": "failed: system failed"},
        updates.TemplateSettled,
        {"message_id": "3428411849815982087", "status": "failed:system failed"},
    ),
    (
        {"Event": "TEMPLATESENDJOBFINISH", "MsgID": "1", "Status": "failed:user block"},
        updates.TemplateSettled,
        {"message_id": "1", "status": "failed:user block"},
    ),
    (
        {"Event": "TEMPLATESENDJOBFINISH", "MsgID": "1", "Status": "Success"},
        updates.TemplateSettled,
        {"message_id": "1", "status": "success"},
    ),
    (
        {
            "Event": "MASSSENDJOBFINISH",
            "MsgID": "9",
            "Status": "err(20013)",
            "TotalCount": "100",
            "SentCount": "75",
            "ErrorCount": "5",
        },
        updates.MassSettled,
        {"message_id": "9", "status": "err(20013)", "total": 100, "sent": 75, "failed": 5},
    ),
    (
        {
            "Event": "PUBLISHJOBFINISH",
            "PublishEventInfo": "<publish_id>22</publish_id><publish_status>0</publish_status>",
        },
        updates.PublishSettled,
        {"publish_id": "22", "status": 0},
    ),
    (
        {"Event": "subscribe_msg_popup_event", "SubscribeMsgPopupEvent": POPUP},
        updates.NoticesAnswered,
        {"answers": (NoticeAnswer(template_id="A", accepted=True),)},
    ),
    (
        {"Event": "subscribe_msg_popup_event", "SubscribeMsgPopupEvent": POPUP + REJECT},
        updates.NoticesAnswered,
        {"answers": (NoticeAnswer(template_id="A", accepted=True), NoticeAnswer(template_id="B", accepted=False))},
    ),
    (
        {"Event": "subscribe_msg_change_event", "SubscribeMsgChangeEvent": REJECT},
        updates.NoticesChanged,
        {"answers": (NoticeAnswer(template_id="B", accepted=False),)},
    ),
    (
        {"Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": SENT},
        updates.NoticesSettled,
        {"receipts": (NoticeReceipt(template_id="A", message_id="1700827132819554304", code=0, status="success"),)},
    ),
    ({"Event": "kf_create_session", "KfAccount": "a@c"}, updates.DeskSessionChanged, {"agent": "a@c"}),
    ({"Event": "kf_close_session", "KfAccount": "a@c"}, updates.DeskSessionChanged, {"agent": "a@c"}),
    (
        {"Event": "kf_switch_session", "FromKfAccount": "a@c", "ToKfAccount": "b@c"},
        updates.DeskSessionChanged,
        {"agent": "b@c", "previous_agent": "a@c"},
    ),
    ({"Event": "user_info_modified", "OpenID": "oOther"}, updates.ProfileRiskCleared, {"openid": "oOther"}),
    (
        {"Event": "user_authorization_revoke", "OpenID": "oOther", "RevokeInfo": "206,999"},
        updates.AuthorizationRevoked,
        {"openid": "oOther", "data_kinds": ("location", "999")},
    ),
    (
        {"Event": "user_authorization_cancellation", "OpenID": "oOther"},
        updates.AuthorizationCancelled,
        {"openid": "oOther"},
    ),
    *(
        ({"Event": name, "ExpiredTime": "1"}, updates.AccountNotice, {"details": {"ExpiredTime": "1"}})
        for name in (
            "qualification_verify_success",
            "qualification_verify_fail",
            "naming_verify_success",
            "naming_verify_fail",
            "annual_renew",
            "verify_expired",
        )
    ),
    (
        {"Event": "card_pass_check", "CardId": "c", "Info": "<a>1</a><a>2</a><b><c>3</c></b>"},
        updates.UnknownEvent,
        {"details": {"CardId": "c", "Info": {"a": ["1", "2"], "b": {"c": "3"}}}},
    ),
]


@pytest.mark.parametrize(("fields", "kind", "expected"), MESSAGES)
def test_each_message_becomes_its_own_update(
    push: Push, fields: dict[str, str], kind: type[Update], expected: dict[str, Any]
) -> None:
    update = parse(push(MsgId="24000000000000001", **fields))
    assert update == kind(**(COMMON | {"key": key_of("oPatient001", "24000000000000001")} | expected))


@pytest.mark.parametrize(("fields", "kind", "expected"), EVENTS)
def test_each_event_becomes_its_own_update(
    push: Push, fields: dict[str, str], kind: type[Update], expected: dict[str, Any]
) -> None:
    update = parse(push(MsgType="event", **fields))
    assert update.key.startswith("e:")
    assert update == kind(**(COMMON | {"key": update.key, "name": fields["Event"]} | expected))


@pytest.mark.parametrize("name", ["scan", "Scan", "SCAN"])
def test_event_names_match_in_any_case_and_stay_as_they_came(push: Push, name: str) -> None:
    update = parse(push(MsgType="event", Event=name, EventKey="s"))
    assert isinstance(update, updates.Scanned)
    assert update.name == name


def test_a_retried_event_has_the_same_key(push: Push) -> None:
    tap = {"MsgType": "event", "Event": "CLICK", "EventKey": "BOOK"}
    assert parse(push(**tap)).key == parse(push(**tap)).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"Event": "CLICK", "EventKey": "A"}, {"Event": "CLICK", "EventKey": "B"}),
        ({"Event": "CLICK", "EventKey": "A"}, {"Event": "VIEW", "EventKey": "A"}),
        ({"Event": "CLICK", "EventKey": "A"}, {"Event": "CLICK", "EventKey": "A", "CreateTime": "1700000001"}),
        ({"Event": "CLICK", "EventKey": "A"}, {"Event": "CLICK", "EventKey": "A", "FromUserName": "oOther"}),
        (
            {"Event": "TEMPLATESENDJOBFINISH", "MsgID": "1", "Status": "success"},
            {"Event": "TEMPLATESENDJOBFINISH", "MsgID": "2", "Status": "success"},
        ),
        (
            {"Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": SENT},
            {"Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": SENT.replace("1700", "1800")},
        ),
        (
            {"Event": "subscribe_msg_popup_event", "SubscribeMsgPopupEvent": POPUP},
            {"Event": "subscribe_msg_popup_event", "SubscribeMsgPopupEvent": POPUP + REJECT},
        ),
        (
            {"Event": "scancode_waitmsg", "EventKey": "K", "ScanCodeInfo": "<ScanResult>1</ScanResult>"},
            {"Event": "scancode_waitmsg", "EventKey": "K", "ScanCodeInfo": "<ScanResult>2</ScanResult>"},
        ),
        ({"Event": "card_x", "CardId": "1"}, {"Event": "card_x", "CardId": "2"}),
        ({"Event": "kf_switch_session", "ToKfAccount": "a"}, {"Event": "kf_switch_session", "ToKfAccount": "b"}),
    ],
)
def test_two_events_in_one_second_are_told_apart(push: Push, one: dict[str, str], other: dict[str, str]) -> None:
    assert parse(push(MsgType="event", **one)).key != parse(push(MsgType="event", **other)).key


GAPS: list[tuple[dict[str, str | None], type[Update], dict[str, Any]]] = [
    ({"MsgId": "1"}, updates.UnknownMessage, {"message_type": "text"}),  # no Content
    ({"MsgId": "1", "MsgType": "image", "PicUrl": "http://p/1"}, updates.UnknownMessage, {"message_type": "image"}),
    ({"MsgId": "1", "MsgType": "voice", "Format": "amr"}, updates.UnknownMessage, {"message_type": "voice"}),
    ({"MsgId": "1", "MsgType": "video"}, updates.UnknownMessage, {"message_type": "video"}),
    ({"MsgId": "1", "MsgType": "link", "Title": "t"}, updates.UnknownMessage, {"message_type": "link"}),
    ({"MsgId": "1", "MsgType": "location", "Label": "楼"}, updates.UnknownMessage, {"details": {"Label": "楼"}}),
    ({"MsgType": "location", "Location_X": "north", "Location_Y": "1"}, updates.UnknownMessage, {}),
    ({"MsgType": "location", "Location_X": "nan", "Location_Y": "1"}, updates.UnknownMessage, {}),
    ({"MsgType": "location", "Location_X": "1e999", "Location_Y": "1"}, updates.UnknownMessage, {}),
    ({"MsgId": "1", "MsgType": None, "Content": "x"}, updates.UnknownMessage, {"message_type": ""}),
    ({"MsgType": "event"}, updates.UnknownEvent, {"name": ""}),
    ({"MsgType": "event", "Event": "CLICK"}, updates.UnknownEvent, {"name": "CLICK"}),
    ({"MsgType": "event", "Event": "CLICK", "EventKey": ""}, updates.UnknownEvent, {"name": "CLICK"}),
    ({"MsgType": "event", "Event": "SCAN", "EventKey": ""}, updates.UnknownEvent, {"name": "SCAN"}),
    ({"MsgType": "event", "Event": "pic_weixin"}, updates.UnknownEvent, {"name": "pic_weixin"}),
    ({"MsgType": "event", "Event": "scancode_push"}, updates.UnknownEvent, {"name": "scancode_push"}),
    ({"MsgType": "event", "Event": "location_select", "EventKey": "K"}, updates.UnknownEvent, {}),
    (
        {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "Status": "success"},
        updates.UnknownEvent,
        {"details": {"Status": "success"}},
    ),
    ({"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": "1"}, updates.UnknownEvent, {}),
    ({"MsgType": "event", "Event": "MASSSENDJOBFINISH"}, updates.UnknownEvent, {}),
]


@pytest.mark.parametrize(("fields", "kind", "expected"), GAPS)
def test_a_push_with_a_gap_is_kept_as_unknown_of_its_kind(
    push: Push, fields: dict[str, str | None], kind: type[Update], expected: dict[str, Any]
) -> None:
    update = parse(push(**fields))
    assert type(update) is kind
    assert {name: getattr(update, name) for name in expected} == expected
    assert (update.openid, update.key) == ("oPatient001", parse(push(**fields)).key)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"MsgID": "1", "Content": "x"}, {"key": key_of("oPatient001", "1"), "text": "x"}),
        ({"Content": "x"}, {"text": "x"}),  # no MsgId at all
        ({"MsgId": "1", "Content": "x", "ToUserName": None}, {"text": "x", "account": ""}),
        ({"MsgType": "video", "MediaId": "M"}, {"media_id": "M"}),  # no MsgId
    ],
)
def test_a_gap_that_costs_nothing_changes_nothing(
    push: Push, fields: dict[str, str | None], expected: dict[str, Any]
) -> None:
    update = parse(push(**fields))
    assert not isinstance(update, updates.UnknownMessage)
    assert {name: getattr(update, name) for name in expected} == expected


@pytest.mark.parametrize("moment", [None, "soon", "-5", "１７００００００００", "99999999999999999999", ""])
def test_without_a_usable_time_a_push_is_dated_by_its_arrival(push: Push, moment: str | None) -> None:
    arrived = datetime(2026, 11, 30, 8, tzinfo=UTC)
    assert parse(push(MsgId="1", Content="x", CreateTime=moment), arrived).created_at == arrived


@pytest.mark.parametrize("sender", [None, "", " ", "o" * 129])
def test_a_push_of_nobody_is_of_nobody(push: Push, sender: str | None) -> None:
    assert parse(push(MsgId="1", Content="x", FromUserName=sender)).openid == ""


def test_two_patients_with_the_same_message_id_have_two_keys_that_name_neither(push: Push) -> None:
    one, other = (parse(push(MsgId="1", Content="x", FromUserName=openid)).key for openid in ("oOne", "oOther"))
    assert one != other
    assert "oOne" not in one


@pytest.mark.parametrize("name", ["OpenID", "openid", "OpenId"])
def test_an_event_about_a_user_is_about_the_user_it_names_in_any_case(push: Push, name: str) -> None:
    fields: dict[str, str] = {"MsgType": "event", "Event": "user_info_modified", "FromUserName": "oSystem"}
    update, other = parse(push(**fields, **{name: "oOther"})), parse(push(**fields, **{name: "oThird"}))
    assert (update.openid, other.openid) == ("oOther", "oThird")
    assert update.key != other.key


def test_an_event_about_a_user_that_names_none_is_about_nobody(push: Push) -> None:
    assert parse(push(MsgType="event", Event="user_info_modified", FromUserName="oSystem")).openid == ""


ENTITIES = b'<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><Content>&b;</Content></xml>'


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"   ",
        b"not xml",
        b"<xml>",
        b"<xml></xml>",
        b"<xml/>",
        b"<xml></xml><xml></xml>",
        b"<json>{}</json>",
        b"\xff\xfe<\x00x\x00m\x00l\x00>\x00",
        "<?xml version='1.0' encoding='GBK'?><xml><Content>你好</Content></xml>".encode("gbk"),
        b"<xml><Content>\xc3\x28</Content></xml>",
        b"<xml>&nbsp;</xml>",
        b"<xml>&#0;</xml>",
        b"<xml>&#xD800;</xml>",
        ENTITIES,
        b'<?xml version="1.0"?>' + ENTITIES,
        b"<!-- x -->" + ENTITIES,
        b'<!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml></xml>',
        b"<xml>" + b"<a>" * 9000 + b"</a>" * 9000 + b"</xml>",
        b"<xml>" + b"<a>" * 8 + b"</a>" * 8 + b"</xml>",
        b"<xml><![CDATA[open</xml>",
    ],
)
def test_trickery_and_junk_are_malformed(xml: bytes) -> None:
    with pytest.raises(MalformedError):
        parse(xml)


def test_a_patient_may_write_about_document_types(push: Push) -> None:
    text = "请问 <!DOCTYPE html><!ENTITY x> ]] > &amp;"
    update = parse(push(MsgId="1", Content=text))
    assert isinstance(update, updates.TextMessage)
    assert update.text == text


def test_control_characters_do_not_cost_a_patient_their_message(push: Push) -> None:
    update = parse(push(MsgId="1", Content="我\x08想\x1f预约\x00\ufffe\ta\n"))
    assert isinstance(update, updates.TextMessage)
    assert update.text == "我想预约\ta\n"


def test_a_byte_order_mark_and_a_declaration_are_accepted(push: Push) -> None:
    xml = b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\n' + push(MsgId="1", Content="好")
    assert isinstance(parse(xml), updates.TextMessage)


def test_the_deepest_real_push_is_not_too_deep(push: Push) -> None:
    pictures = "<Count>1</Count><PicList><item><PicMd5Sum>a</PicMd5Sum></item></PicList>"
    update = parse(push(MsgType="event", Event="pic_weixin", EventKey="K", SendPicsInfo=pictures))
    assert isinstance(update, updates.PicturesChosen)


names = st.sampled_from(
    ["ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "Event", "EventKey", "Content", "List", "Status"]
)
values = st.one_of(
    st.text(max_size=12),
    st.sampled_from(sorted({fields["Event"] for fields, _, _ in EVENTS})),
    st.sampled_from(["event", "text", "location", "1700000000", "<List><TemplateId>A</TemplateId></List>", "]]>"]),
)


@given(st.lists(st.tuples(names, values), max_size=12))
def test_any_fields_give_an_update_or_a_refusal(fields: list[tuple[str, str]]) -> None:
    text = "".join(f"<{name}>{value}</{name}>" for name, value in fields)
    try:
        update = parse(f"<xml>{text}</xml>".encode("utf-8", "surrogatepass"))
    except MalformedError:
        return
    assert isinstance(update, Update)


@given(st.binary(max_size=200))
def test_any_bytes_give_an_update_or_a_refusal(body: bytes) -> None:
    with pytest.raises(MalformedError):
        parse(b"<xml>" + body)


def test_fields_of_every_update_type_have_a_push_in_this_test() -> None:
    tested = {kind for _, kind, _ in MESSAGES + EVENTS}
    abstract = {updates.Update, updates.PatientMessage, updates.Event}
    existing = {
        thing for thing in vars(updates).values() if isinstance(thing, type) and issubclass(thing, updates.Update)
    }
    assert existing - abstract == tested
