"""Signing and encryption against the vector of reference §1.4."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.simulator.account import AccountConfig
from wxbot.simulator.codec import Codec, CodecError, codec_for, sign

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE"
APP_ID = "wx0123456789abcdef"
MESSAGE = (
    "<xml><ToUserName><![CDATA[gh_clinic]]></ToUserName><FromUserName><![CDATA[oPatient001]]></FromUserName>"
    "<CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content>"
    "<MsgId>24000000000000001</MsgId></xml>"
)
ENCRYPTED = (
    "Q3stYC6hdFzMh9T8HCvyDFSFnoqDnu7JjCQsXnHnmZsxefh4lH4obyRBpkfKpBWV6+jHSGgCj+//J6iax/vSMxD+7kbSt/yzzh/798cgfEyp1NLim"
    "wQtvTaeZoHVQenxvlLMUbjvSMh4dmMImt6/WXb8YHmLC2pgdHgI8RAHT9u28Noil/J9de+9t4xE62+HxaC/md4uVkAcfKd6af0KFEGcz4CoLLBYm1"
    "xkH8dxck6RtCiLiFqCgd8fuivmmphlEyfgyfdl2ZWlIORxNB/+XJiMpnS4jrShlxy2KC6auk3i6tADqGK2YrAYkIOGDYOB1kPc2A7K42+k8pr0/Ax"
    "nrXyq5jOYyWITiMdWh/lWKPdtetX+m0PUVgmFRxSuh5zC"
)


def test_the_signature_of_the_reference_vector_comes_out():
    assert sign("clinicToken01", "1700000000", "1320562132") == "98ad10411b1fff7048c01af9da22d2c544759a6c"


def test_the_message_signature_of_the_reference_vector_comes_out():
    signature = sign("clinicToken01", "1700000000", "1320562132", ENCRYPTED)
    assert signature == "373debf4945646eb7162e7063bed2bfe40161362"


def test_the_encryption_of_the_reference_vector_comes_out():
    assert Codec(KEY, APP_ID).encrypt(MESSAGE, random16=b"0123456789abcdef") == ENCRYPTED


def test_the_reference_vector_is_decrypted():
    assert Codec(KEY, APP_ID).decrypt(ENCRYPTED) == MESSAGE


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_whatever_is_encrypted_is_decrypted(message):
    codec = Codec(KEY, APP_ID)
    assert codec.decrypt(codec.encrypt(message)) == message


@pytest.mark.parametrize("length", range(1, 33))
def test_every_padding_of_the_32_byte_block_is_read(length):
    codec = Codec(KEY, APP_ID)
    assert codec.decrypt(codec.encrypt("x" * length)) == "x" * length


def test_a_text_for_another_app_is_refused():
    other = Codec(KEY, "wxffffffffffffffff").encrypt("hello")
    with pytest.raises(CodecError):
        Codec(KEY, APP_ID).decrypt(other)


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_nothing_else_is_raised(garbage):
    with pytest.raises(CodecError):
        Codec(KEY, APP_ID).decrypt(base64.b64encode(garbage).decode())


def test_what_is_not_base64_is_refused():
    with pytest.raises(CodecError):
        Codec(KEY, APP_ID).decrypt("你好")


def test_a_rotated_key_takes_effect_at_once():
    account = AccountConfig(app_id=APP_ID, app_secret="s", token="clinicToken01", aes_key=KEY)
    before = codec_for(account).encrypt("hello")
    account.aes_key = KEY[::-1].replace("EF", "AB")[:43]
    with pytest.raises(CodecError):
        codec_for(account).decrypt(before)


@pytest.mark.parametrize("change", [{"token": "no"}, {"aes_key": "short"}, {"mode": "loud"}, {"token": "a b c d"}])
def test_an_account_the_console_would_not_save_is_refused(change):
    values = {"app_id": APP_ID, "app_secret": "s", "token": "clinicToken01", "aes_key": KEY}
    with pytest.raises(ValueError, match="must be"):
        AccountConfig(**{**values, **change})
