"""Signing and encryption, held against the reference's vector and against wechatpy."""

import base64

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from wxbot.errors import ConfigurationError
from wxbot.wechat.codec import Codec
from wxbot.wechat.refusals import ForbiddenError, MalformedError

APP_ID = "wx0123456789abcdef"
TOKEN = "clinicToken01"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE"
OTHER_KEY = "ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210zyxwvuA"
MESSAGE = (
    "<xml><ToUserName><![CDATA[gh_clinic]]></ToUserName><FromUserName><![CDATA[oPatient001]]></FromUserName>"
    "<CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content>"
    "<MsgId>24000000000000001</MsgId></xml>"
)
ENCRYPTED = (
    "Q3stYC6hdFzMh9T8HCvyDFSFnoqDnu7JjCQsXnHnmZsxefh4lH4obyRBpkfKpBWV6+jHSGgCj+//J6iax/vSMxD+7kbSt/yzzh/798cgfEyp1N"
    "LimwQtvTaeZoHVQenxvlLMUbjvSMh4dmMImt6/WXb8YHmLC2pgdHgI8RAHT9u28Noil/J9de+9t4xE62+HxaC/md4uVkAcfKd6af0KFEGcz4Co"
    "LLBYm1xkH8dxck6RtCiLiFqCgd8fuivmmphlEyfgyfdl2ZWlIORxNB/+XJiMpnS4jrShlxy2KC6auk3i6tADqGK2YrAYkIOGDYOB1kPc2A7K42"
    "+k8pr0/AxnrXyq5jOYyWITiMdWh/lWKPdtetX+m0PUVgmFRxSuh5zC"
)


def encrypted_plaintext(plain: bytes, key: str = KEY) -> str:
    """Exactly these bytes, whatever they are, under the key."""
    raw = base64.b64decode(key + "=")
    encryptor = Cipher(algorithms.AES(raw), modes.CBC(raw[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def plaintext(message: bytes, app_id: bytes = APP_ID.encode(), *, length: int | None = None) -> bytes:
    size = len(message) if length is None else length
    return b"r" * 16 + size.to_bytes(4, "big") + message + app_id


def padded(plain: bytes) -> bytes:
    pad = 32 - len(plain) % 32
    return plain + bytes([pad]) * pad


def test_the_signatures_agree_with_the_reference(codec: Codec) -> None:
    assert codec.signature("1700000000", "1320562132") == "98ad10411b1fff7048c01af9da22d2c544759a6c"
    assert codec.signature("1700000000", "1320562132", ENCRYPTED) == "373debf4945646eb7162e7063bed2bfe40161362"


def test_the_reference_ciphertext_opens(codec: Codec) -> None:
    assert codec.decrypt(ENCRYPTED).message.decode() == MESSAGE


def test_wechatpy_reads_what_we_seal(codec: Codec) -> None:
    sealed = codec.seal(MESSAGE.encode(), 1700000003).decode()
    nonce = sealed.partition("<Nonce><![CDATA[")[2].partition("]]>")[0]
    signature = sealed.partition("<MsgSignature><![CDATA[")[2].partition("]]>")[0]
    theirs = WeChatCrypto(TOKEN, KEY, APP_ID)
    assert theirs.decrypt_message(sealed, signature, "1700000003", nonce) == MESSAGE


def test_we_read_what_wechatpy_encrypts(codec: Codec) -> None:
    sealed = WeChatCrypto(TOKEN, KEY, APP_ID).encrypt_message(MESSAGE, "nonce", "1700000003")
    encrypted = sealed.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    assert codec.decrypt(encrypted).message.decode() == MESSAGE


@given(st.binary(max_size=300))
def test_every_message_survives_the_way_there_and_back(message: bytes) -> None:
    codec = Codec(APP_ID, TOKEN, KEY)
    assert codec.decrypt(codec.encrypt(message)).message == message


def test_a_signature_is_right_only_for_its_own_parts(codec: Codec) -> None:
    right = codec.signature("1700000000", "nonce")
    assert codec.signed(right, "1700000000", "nonce")
    assert not codec.signed(right, "1700000001", "nonce")
    assert not codec.signed(right.upper(), "1700000000", "nonce")
    assert not codec.signed("", "1700000000", "nonce")
    assert not codec.signed("签名\ud800", "1700000000", "nonce")


@pytest.mark.parametrize("pad", [0, 33, 255])
def test_an_impossible_padding_is_refused(codec: Codec, pad: int) -> None:
    plain = plaintext(b"x" * 200)
    plain += bytes([pad]) * (32 - len(plain) % 32)
    with pytest.raises(ForbiddenError):
        codec.decrypt(encrypted_plaintext(plain))


def test_a_padding_whose_bytes_differ_is_refused(codec: Codec) -> None:
    plain = bytearray(padded(plaintext(b"x" * 10)))
    assert plain[-1] > 1
    plain[-2] ^= 1
    with pytest.raises(ForbiddenError):
        codec.decrypt(encrypted_plaintext(bytes(plain)))


@pytest.mark.parametrize("length", [11, 1000, 2**32 - 1, 9])
def test_a_length_that_does_not_fit_is_refused(codec: Codec, length: int) -> None:
    with pytest.raises(ForbiddenError):
        codec.decrypt(encrypted_plaintext(padded(plaintext(b"x" * 10, length=length))))


@pytest.mark.parametrize("app_id", [b"", b"wx0123456789abcdee", b"wx0123456789abcdef0"])
def test_a_message_for_another_account_is_refused(codec: Codec, app_id: bytes) -> None:
    with pytest.raises(ForbiddenError):
        codec.decrypt(encrypted_plaintext(padded(plaintext(b"x" * 10, app_id))))


@pytest.mark.parametrize("text", ["", "%%%", "abc", "QUJD", "你好", "QUJD" * 7])
def test_what_is_no_ciphertext_is_malformed(codec: Codec, text: str) -> None:
    with pytest.raises(MalformedError):
        codec.decrypt(text)


@given(st.binary(min_size=1, max_size=20).map(lambda data: base64.b64encode(data * 16).decode()))
def test_random_ciphertext_never_opens_and_never_breaks(text: str) -> None:
    with pytest.raises((MalformedError, ForbiddenError)):
        Codec(APP_ID, TOKEN, KEY, OTHER_KEY).decrypt(text)


def test_the_former_key_still_opens_while_it_is_being_changed() -> None:
    both = Codec(APP_ID, TOKEN, OTHER_KEY, KEY)
    assert both.decrypt(ENCRYPTED).message.decode() == MESSAGE
    assert both.decrypt(Codec(APP_ID, TOKEN, OTHER_KEY).encrypt(b"new")) == (b"new", 0)


def test_each_push_says_which_key_opened_it_and_a_reply_is_sealed_under_that_key() -> None:
    former, new = Codec(APP_ID, TOKEN, KEY), Codec(APP_ID, TOKEN, OTHER_KEY)
    both = Codec(APP_ID, TOKEN, OTHER_KEY, KEY)
    before = both.decrypt(former.encrypt(b"before the console was saved"))
    after = both.decrypt(new.encrypt(b"after"))
    assert (before.key, after.key) == (1, 0)
    assert former.decrypt(both.encrypt(b"answer", before.key)).message == b"answer"
    assert new.decrypt(both.encrypt(b"answer", after.key)).message == b"answer"


def test_spare_bits_in_the_last_key_character_are_ignored() -> None:
    assert Codec(APP_ID, TOKEN, KEY[:-1] + "F").decrypt(ENCRYPTED).message.decode() == MESSAGE


def test_two_encryptions_of_the_same_message_differ(codec: Codec) -> None:
    assert codec.encrypt(b"same") != codec.encrypt(b"same")


@pytest.mark.parametrize(
    ("app_id", "token", "key", "previous", "setting"),
    [
        ("", TOKEN, KEY, None, "WXBOT_WECHAT_APP_ID"),
        (APP_ID, "", KEY, None, "WXBOT_WECHAT_TOKEN"),
        (APP_ID, "to ken", KEY, None, "WXBOT_WECHAT_TOKEN"),
        (APP_ID, TOKEN, KEY[:-1], None, "WXBOT_WECHAT_AES_KEY "),
        (APP_ID, TOKEN, KEY + "=", None, "WXBOT_WECHAT_AES_KEY "),
        (APP_ID, TOKEN, KEY, "short", "WXBOT_WECHAT_AES_KEY_PREVIOUS"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named(
    app_id: str, token: str, key: str, previous: str | None, setting: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Codec(app_id, token, key, previous)
    assert len(refused.value.problems) == 1
    assert setting in refused.value.problems[0]
