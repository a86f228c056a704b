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

# What patients write: a greeting and a question open a menu of entries, thanks are answered without one. Every second
# text is one that the service has not read before, as far as it remembers: a sentence of their own, with another day,
# hour, visit type and courtesy each time.
TEXTS = ("你好", "请问周末可以洗牙吗", "谢谢", "诊所地址")
SENTENCES = (
    "{courtesy}我想约{day}号{hour}点{half}{kind}",
    "{courtesy}{day}号{hour}点{half}还有{kind}的号吗",
    "{courtesy}帮我妈约{kind}，{day}号{hour}点{half}",
    "{courtesy}{kind}改到{day}号{hour}点{half}，谢谢",
)
COURTESIES = ("您好，", "麻烦一下，", "不好意思，", "医生你好，", "请问一下，", "打扰了，", "辛苦了，")
KINDS = ("洗牙", "看牙", "拔智齿", "激光祛斑", "复诊", "正畸咨询")
HALVES = ("", "半", "一刻")

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


def text_of(number: int, people: int) -> str:
    """What the n-th push says, when so many people write in turn; nobody always says the same."""
    turn, own = divmod(number + number // people, 2)
    if not own:
        return TEXTS[turn % len(TEXTS)]
    chosen = turn // len(SENTENCES)
    parts = {}
    for name, words in (
        ("day", range(1, 29)),
        ("hour", range(9, 18)),
        ("kind", KINDS),
        ("half", HALVES),
        ("courtesy", COURTESIES),
    ):
        chosen, place = divmod(chosen, len(words))
        parts[name] = words[place]
    return SENTENCES[turn % len(SENTENCES)].format(**parts)


def pushes(first: int, count: int, people: range) -> Iterator[bytes]:
    """`count` HTTP requests with MsgIds from `first` on, from `people` in turn."""
    codec = Codec(AES_KEY, APP_ID)
    moment = str(int(time.time()))
    for number in range(first, first + count):
        person = openid(people[number % len(people)])
        text = text_of(number, len(people))
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
