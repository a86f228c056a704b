"""The gateway for pushes: what is accepted, what is refused and how, and what is answered."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wxbot.dispatch.replies import TextReply
from wxbot.dispatch.updates import PositionReported, TextMessage
from wxbot.errors import ClinicError, ConfigurationError, PushRefusedError
from wxbot.wechat.codec import Codec
from wxbot.wechat.gateway import Gateway
from wxbot.wechat.message_kinds import key_of
from wxbot.wechat.parsing import parse
from wxbot.wechat.refusals import ForbiddenError, MalformedError, TooLargeError

KEY = key_of("oPatient001", "1")
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE"
NOW = datetime.fromtimestamp(1_700_000_000, UTC)
Push = Callable[..., bytes]
Signed = Callable[..., tuple[dict[str, str], bytes]]


@pytest.fixture
def gateway(codec: Codec, still: Any) -> Gateway:
    return Gateway(codec, "safe", still)


@pytest.fixture
def plain_gateway(still: Any) -> Gateway:
    return Gateway(Codec("wx0123456789abcdef", "clinicToken01", ""), "plain", still)


def test_the_platforms_check_gets_its_echo_unchanged(gateway: Gateway, codec: Codec) -> None:
    query = {
        "signature": codec.signature("1700000000", "n"),
        "timestamp": "1700000000",
        "nonce": "n",
        "echostr": "5837412378 <b>",
    }
    assert gateway.verify(query) == "5837412378 <b>"


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 40},
        {"signature": ""},
        {"nonce": "other"},
        {"nonce": ""},
        {"timestamp": "1700000001"},
        {"timestamp": "now"},
        {"timestamp": ""},
        {"echostr": ""},
        {"echostr": "x" * 5000},
        {"signature": "签名\udcff"},
    ],
)
def test_a_check_the_platform_did_not_make_is_forbidden(gateway: Gateway, codec: Codec, change: dict[str, str]) -> None:
    query = {
        "signature": codec.signature("1700000000", "n"),
        "timestamp": "1700000000",
        "nonce": "n",
        "echostr": "1",
    }
    with pytest.raises(ForbiddenError):
        gateway.verify(query | change)


def test_an_encrypted_push_enters_with_its_inner_xml(gateway: Gateway, signed: Signed, push: Push) -> None:
    xml = push(MsgId="1", Content="你好")
    incoming = gateway.open(*signed(xml))
    assert isinstance(incoming.update, TextMessage)
    assert incoming.update.text == "你好"
    assert incoming.xml == xml
    assert parse(incoming.xml) == incoming.update


def test_a_compatible_body_is_read_only_from_its_encrypted_half(gateway: Gateway, signed: Signed, push: Push) -> None:
    query, body = signed(push(MsgId="1", Content="真"))
    encrypted = body.decode().partition("<Encrypt>")[2].partition("</Encrypt>")[0]
    forged = push(MsgId="2", Content="假 <Encrypt>QUJD</Encrypt>", Encrypt=None)
    mixed = forged.replace(b"</xml>", f"<Encrypt>{encrypted}</Encrypt></xml>".encode())
    update = gateway.open(query, mixed).update
    assert isinstance(update, TextMessage)
    assert update.text == "真"


def test_a_plain_body_is_forbidden_in_safe_mode(gateway: Gateway, signed: Signed, push: Push) -> None:
    query, _ = signed(push(MsgId="1", Content="x"))
    with pytest.raises(ForbiddenError):
        gateway.open(query, push(MsgId="1", Content="x"))


def test_a_plain_body_enters_in_plain_mode(plain_gateway: Gateway, signed: Signed, push: Push) -> None:
    query, _ = signed(push(MsgId="1", Content="x"))
    update = plain_gateway.open(query, push(MsgId="1", Content="x")).update
    assert isinstance(update, TextMessage)


def test_plain_mode_still_reads_only_the_encrypted_half_where_there_is_one(
    codec: Codec, still: Any, signed: Signed, push: Push
) -> None:
    query, body = signed(push(MsgId="1", Content="真"))
    encrypted = body.decode().partition("<Encrypt>")[2].partition("</Encrypt>")[0]
    mixed = push(MsgId="2", Content="假").replace(b"</xml>", f"<Encrypt>{encrypted}</Encrypt></xml>".encode())
    update = Gateway(codec, "plain", still).open(query, mixed).update
    assert isinstance(update, TextMessage)
    assert update.text == "真"


def test_an_encrypted_push_without_any_key_is_malformed(plain_gateway: Gateway, signed: Signed, push: Push) -> None:
    with pytest.raises(MalformedError):
        plain_gateway.open(*signed(push(MsgId="1", Content="x")))


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 40},
        {"signature": ""},
        {"msg_signature": "0" * 40},
        {"msg_signature": ""},
        {"timestamp": "1700000001"},
        {"nonce": "x" * 200},
    ],
)
def test_a_forged_signature_is_forbidden(gateway: Gateway, signed: Signed, push: Push, change: dict[str, str]) -> None:
    query, body = signed(push(MsgId="1", Content="x"))
    with pytest.raises(ForbiddenError):
        gateway.open(query | change, body)


def test_an_empty_query_is_forbidden_whatever_the_body(gateway: Gateway) -> None:
    with pytest.raises(ForbiddenError):
        gateway.open({}, b"<xml><Encrypt>QUJD</Encrypt></xml>")


def test_a_ciphertext_signed_for_another_body_is_forbidden(gateway: Gateway, signed: Signed, push: Push) -> None:
    query, _ = signed(push(MsgId="1", Content="x"))
    _, other = signed(push(MsgId="2", Content="y"))
    with pytest.raises(ForbiddenError):
        gateway.open(query, other)


@pytest.mark.parametrize(("seconds", "enters"), [(0, True), (600, True), (-600, True), (601, False), (-601, False)])
def test_a_signature_older_or_newer_than_ten_minutes_is_forbidden(
    gateway: Gateway, signed: Signed, push: Push, seconds: int, enters: bool
) -> None:
    query, body = signed(push(MsgId="1", Content="x"), timestamp=1_700_000_000 + seconds)
    if enters:
        assert gateway.open(query, body).update.key == KEY
    else:
        with pytest.raises(ForbiddenError):
            gateway.open(query, body)


def test_a_moved_clinic_clock_and_the_machines_clock_both_count_as_now(
    codec: Codec, still: Any, signed: Signed, push: Push
) -> None:
    still.clinic += timedelta(days=3)
    gateway = Gateway(codec, "safe", still)
    for timestamp in (1_700_000_000, 1_700_000_000 + 3 * 86400):
        assert gateway.open(*signed(push(MsgId="1", Content="x"), timestamp=timestamp)).update.key == KEY


def test_another_accounts_push_is_forbidden(gateway: Gateway, signed: Signed, push: Push) -> None:
    stranger = Codec("wxfedcba9876543210", "clinicToken01", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE")
    with pytest.raises(ForbiddenError):
        gateway.open(*signed(push(MsgId="1", Content="x"), by=stranger))


def test_more_than_64_kilobytes_is_too_large_even_when_unsigned(gateway: Gateway) -> None:
    with pytest.raises(TooLargeError):
        gateway.open({}, b"x" * (64 * 1024 + 1))


@pytest.mark.parametrize("body", [b"", b"{}", b"<xml>", b"\xff\xfe", b'<!DOCTYPE xml [<!ENTITY a "b">]><xml>&a;</xml>'])
def test_a_signed_query_with_a_broken_body_is_malformed(
    gateway: Gateway, signed: Signed, push: Push, body: bytes
) -> None:
    query, _ = signed(push(MsgId="1", Content="x"))
    with pytest.raises(MalformedError):
        gateway.open(query, body)


@pytest.mark.parametrize("inner", [b"", b"<xml></xml>", b"\x00" * 50, b"<xml><a>", "<xml>坏</xml>".encode("gbk")])
def test_an_encrypted_push_that_makes_no_sense_is_malformed(gateway: Gateway, signed: Signed, inner: bytes) -> None:
    with pytest.raises(MalformedError):
        gateway.open(*signed(inner))


def test_junk_instead_of_base64_is_malformed(gateway: Gateway, codec: Codec) -> None:
    query = {
        "signature": codec.signature("1700000000", "n"),
        "timestamp": "1700000000",
        "nonce": "n",
        "msg_signature": codec.signature("1700000000", "n", "junk!"),
    }
    with pytest.raises(MalformedError):
        gateway.open(query, b"<xml><Encrypt>junk!</Encrypt></xml>")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.dictionaries(st.sampled_from(["signature", "nonce", "msg_signature"]), st.text()))
def test_no_body_and_no_query_ever_raise_anything_but_a_refusal(
    gateway: Gateway, codec: Codec, body: bytes, change: dict[str, str]
) -> None:
    query = {"signature": codec.signature("1700000000", "n"), "timestamp": "1700000000", "nonce": "n"} | change
    with pytest.raises(PushRefusedError):
        gateway.open(query, body)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_no_decrypted_content_ever_raises_anything_but_a_refusal(
    gateway: Gateway, signed: Signed, inner: bytes
) -> None:
    with pytest.raises(PushRefusedError):
        gateway.open(*signed(inner))


def test_a_reported_position_is_left_out_of_what_is_kept(gateway: Gateway, signed: Signed, push: Push) -> None:
    xml = push(MsgType="event", Event="LOCATION", Latitude="23.137466", Longitude="113.352425", Precision="119.38")
    incoming = gateway.open(*signed(xml))
    assert isinstance(incoming.update, PositionReported)
    assert b"23.1" not in incoming.xml
    assert b"113.3" not in incoming.xml
    assert parse(incoming.xml) == incoming.update


def test_nothing_to_say_is_a_plain_success(gateway: Gateway, signed: Signed, push: Push) -> None:
    incoming = gateway.open(*signed(push(MsgId="1", Content="x")))
    assert gateway.seal(incoming, None, now=NOW) == b"success"


def test_a_reply_the_platform_takes_for_no_such_push_is_a_plain_success(
    gateway: Gateway, signed: Signed, push: Push
) -> None:
    incoming = gateway.open(*signed(push(MsgType="event", Event="VIEW", EventKey="https://x")))
    assert gateway.seal(incoming, TextReply(text="好"), now=NOW) == b"success"


def test_a_reply_in_safe_mode_is_encrypted_and_signed(
    gateway: Gateway, codec: Codec, signed: Signed, push: Push
) -> None:
    incoming = gateway.open(*signed(push(MsgId="1", Content="x")))
    body = gateway.seal(incoming, TextReply(text="好"), now=NOW).decode()
    encrypted = body.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    nonce = body.partition("<Nonce><![CDATA[")[2].partition("]]>")[0]
    signature = body.partition("<MsgSignature><![CDATA[")[2].partition("]]>")[0]
    assert "<TimeStamp>1700000000</TimeStamp>" in body
    assert codec.signed(signature, "1700000000", nonce, encrypted)
    assert b"<Content><![CDATA[\xe5\xa5\xbd]]></Content>" in codec.decrypt(encrypted).message


NEW_KEY = "ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210zyxwvuA"


@pytest.mark.parametrize("mode", ["safe", "plain"])
def test_each_of_many_pushes_at_once_is_answered_under_the_key_that_opened_it(
    codec: Codec, still: Any, signed: Signed, push: Push, mode: Literal["safe", "plain"]
) -> None:
    """While the key is changed, and also where an encrypted push meets plain mode: an answer comes as its push did."""
    new = Codec("wx0123456789abcdef", "clinicToken01", NEW_KEY)
    both = Gateway(Codec("wx0123456789abcdef", "clinicToken01", NEW_KEY, AES_KEY), mode, still)
    sealed_by = [new if number % 3 else codec for number in range(60)]
    opened = [both.open(*signed(push(MsgId=str(number), Content="x"), by=by)) for number, by in enumerate(sealed_by)]
    for incoming, by in reversed(list(zip(opened, sealed_by, strict=True))):
        body = both.seal(incoming, TextReply(text="好"), now=NOW).decode()
        encrypted = body.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
        assert "好".encode() in by.decrypt(encrypted).message


def test_a_reply_in_plain_mode_is_plain(plain_gateway: Gateway, signed: Signed, push: Push) -> None:
    query, _ = signed(push(MsgId="1", Content="x"))
    incoming = plain_gateway.open(query, push(MsgId="1", Content="x"))
    body = plain_gateway.seal(incoming, TextReply(text="好"), now=NOW)
    assert body.startswith(b"<xml><ToUserName><![CDATA[oPatient001]]></ToUserName>")


def test_safe_mode_without_a_key_is_refused_at_start(still: Any) -> None:
    with pytest.raises(ConfigurationError):
        Gateway(Codec("wx0123456789abcdef", "clinicToken01", ""), "safe", still)


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (ForbiddenError, HTTPStatus.FORBIDDEN),
        (TooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (MalformedError, HTTPStatus.BAD_REQUEST),
    ],
)
def test_each_refusal_carries_its_status(refusal: type[PushRefusedError], status: HTTPStatus) -> None:
    assert issubclass(refusal, ClinicError)
    assert refusal.status == status
