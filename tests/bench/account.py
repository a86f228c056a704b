"""The account the benchmark plays, and pushes as the platform would post them: signed, encrypted, ready as bytes."""

import time
from collections.abc import Iterator
from secrets import token_hex

from wxbot.simulator.codec import Codec, sign

APP_ID = "wxbe00c1000c0000aa"
APP_SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "benchclinictoken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNT_ID = "gh_be0000000001"
PATH = "/wechat/callback"

# What patients write: a greeting and a question open a menu of entries, thanks are answered without one.
TEXTS = ("你好", "请问周末可以洗牙吗", "谢谢", "诊所地址")

PLAIN = (
    "<xml><ToUserName><![CDATA[{account}]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
    "<CreateTime>{time}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>"
    "<MsgId>{number}</MsgId></xml>"
)
SEALED = "<xml><ToUserName><![CDATA[{account}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
REQUEST = (
    "POST {path}?signature={signature}&timestamp={time}&nonce={nonce}&openid={openid}&encrypt_type=aes"
    "&msg_signature={message_signature} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/4.0\r\nAccept: */*\r\n"
    "Content-Type: text/xml\r\nContent-Length: {length}\r\n\r\n"
)


def openid(number: int) -> str:
    """The openid of the benchmark's n-th person, as long as real ones (28 characters)."""
    return f"oBench{number:022d}"


def pushes(first: int, count: int, people: range) -> Iterator[bytes]:
    """`count` HTTP requests with MsgIds from `first` on, from `people` in turn."""
    codec = Codec(AES_KEY, APP_ID)
    moment = str(int(time.time()))
    for number in range(first, first + count):
        person = openid(people[number % len(people)])
        text = TEXTS[(number + number // len(people)) % len(TEXTS)]  # nobody always says the same
        plain = PLAIN.format(account=ACCOUNT_ID, openid=person, time=moment, text=text, number=10**17 + number)
        encrypted = codec.encrypt(plain)
        nonce = token_hex(5)
        body = SEALED.format(account=ACCOUNT_ID, encrypted=encrypted).encode()
        head = REQUEST.format(
            path=PATH,
            signature=sign(TOKEN, moment, nonce),
            message_signature=sign(TOKEN, moment, nonce, encrypted),
            time=moment,
            nonce=nonce,
            openid=person,
            length=len(body),
        )
        yield head.encode() + body
