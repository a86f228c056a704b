"""The account the benchmark plays, and pushes as the platform would post them: signed, encrypted, ready as bytes."""

import time
from collections.abc import Iterator, Sequence
from secrets import token_hex
from typing import Literal

from wxbot.simulator.codec import Codec, sign

APP_ID = "wxbe00c1000c0000aa"
APP_SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "benchclinictoken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNT_ID = "gh_be0000000001"
PATH = "/wechat/callback"

Texts = Literal["mixed", "known", "wishes"]

# What patients write: a greeting and a question open a menu of entries, thanks are answered without one. Of mixed texts
# every second is one that the service has not read before, as far as it remembers: a question of their own. A wish to
# book is another text each time, too; its answer takes a search for free hours, so wishes are measured for themselves.
TEXTS = ("你好", "请问洗牙多少钱", "谢谢", "诊所地址")
QUESTIONS = (
    "{courtesy}我{age}岁，{kind}多少钱",
    "{courtesy}我家里人{age}岁，{kind}疼不疼",
    "{courtesy}我妈{age}岁，{kind}能刷医保吗",
    "{courtesy}我今年{age}岁，{kind}要带什么",
)
WISHES = (
    "{courtesy}我想约{day}号{hour}点{half}{kind}",
    "{courtesy}{day}号{hour}点{half}还有{kind}的号吗",
    "{courtesy}帮我妈约{kind}，{day}号{hour}点{half}",
    "{courtesy}请问周末可以{kind}吗，{hour}点{half}",
)
PARTS: dict[str, Sequence[object]] = {
    "kind": ("洗牙", "看牙", "拔智齿", "激光祛斑", "复诊", "正畸咨询"),
    "age": range(18, 80),
    "courtesy": ("您好，", "麻烦一下，", "不好意思，", "医生你好，", "请问一下，", "打扰了，", "辛苦了，"),
    "day": range(1, 29),
    "hour": range(9, 18),
    "half": ("", "半", "一刻"),
}

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


def text_of(number: int, people: int, texts: Texts = "mixed") -> str:
    """What the n-th push says, when so many people write in turn; nobody always says the same."""
    turn, known = number + number // people, texts == "known"
    if texts == "mixed":
        turn, new = divmod(turn, 2)
        known = not new
    if known:
        return TEXTS[turn % len(TEXTS)]
    sentences = WISHES if texts == "wishes" else QUESTIONS
    chosen, place = divmod(turn, len(sentences))
    sentence, said = sentences[place], {}
    for name, words in PARTS.items():
        if f"{{{name}}}" in sentence:
            chosen, place = divmod(chosen, len(words))
            said[name] = words[place]
    return sentence.format(**said)


def pushes(first: int, count: int, people: range, texts: Texts = "mixed") -> Iterator[bytes]:
    """`count` HTTP requests with MsgIds from `first` on, from `people` in turn, who write such texts."""
    codec = Codec(AES_KEY, APP_ID)
    for number in range(first, first + count):
        text = text_of(number, len(people), texts)
        yield push_of(codec, number, openid(people[number % len(people)]), text)


def push_of(codec: Codec, number: int, person: str, text: str) -> bytes:
    """The HTTP request with that MsgId: a person writes a text now."""
    moment, nonce = str(int(time.time())), token_hex(5)
    plain = PLAIN.format(account=ACCOUNT_ID, openid=person, time=moment, text=text, number=10**17 + number)
    encrypted = codec.encrypt(plain)
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
    return head.encode() + body
