"""What a sentence means: to book, to change a booking, to thank. Pure.

Read only where no question is open, so a reading that is too generous costs a tap on 取消 and no more.
"""

import re
import unicodedata

GREETINGS = (
    "你好",
    "您好",
    "你好啊",
    "您好啊",
    "hi",
    "hello",
    "嗨",
    "在吗",
    "在么",
    "有人吗",
    "早上好",
    "上午好",
    "下午好",
    "晚上好",
    "早",
    "哈喽",
)
THANKS = (
    "谢谢",
    "谢谢你",
    "谢谢您",
    "多谢",
    "感谢",
    "好的",
    "好的谢谢",
    "好的谢谢您",
    "好",
    "收到",
    "知道了",
    "明白了",
    "ok",
    "嗯",
    "嗯嗯",
)

LONGEST = 24  # characters; a longer text is a story and goes to a person

_BOOKS = re.compile(  # courtesies, the request, and at most a few words on what or with whom
    "(?:[你您]好|请问|麻烦|我们?|想|要|可不可以|可以|能不能|能|帮我?|给我|怎么|如何|在线|现在|今天|明天|后天|再|先|来)*"
    "(?:预约|挂号|挂个号|约个?号|约个|约一下|约时间|约一个|(?<=[想要])约|(?<=帮我)约)"
    "(?P<rest>.{0,10})"
)
_THEIRS = re.compile("预约|挂号|约的|约好的")
_CHANGES = re.compile("取消|改|换(?!药)|退(?![烧热])|推迟|延后|提前|(?<![检复])查|看一?下我|我的|哪天|记录")
_ASKS_ABOUT = re.compile("[钱费价贵]|多少|[需用]要?预约|必须预约|要预约[吗么]|预约[了过]|已经|打扰|广告")
_TELLS = re.compile("[没了说]|的时候")  # after the request: the sentence is about something else
_SUFFERS = re.compile("[疼痛肿血]|伤口|发[烧热炎]|难受|不舒服")  # always for a person to read
_REFUSES = re.compile("不[要想能用]|没[有空]|别|除了")
_THANKS = re.compile(
    "(?:好的?|收到|知道了|明白了?|嗯+|ok)?(?:非常|十分|太|真的?|多)*(?:谢谢|感谢|多谢|谢)"
    "(?:[你您]们?|大家|医生|诊所|的|了|啦|啊|哦|噢|哈|关心|提醒|祝福|惦记|通知|安排|帮忙)*"
)
_STICKER = re.compile(r"\[[^\[\]]{1,6}\]")  # WeChat's own emoji arrive as [玫瑰]
_MARKS = re.compile(r"\W|_")  # and every other emoji


def wants_to_book(text: str) -> bool:
    """Whether somebody asks to book (我想预约洁牙, 帮我约个时间), and not about prices or about what is booked."""
    words = _short(text)
    request = _BOOKS.fullmatch(words)
    if request is None or _TELLS.search(request["rest"]):
        return False
    return not any(other.search(words) for other in (_CHANGES, _ASKS_ABOUT, _REFUSES, _SUFFERS))


def asks_about_appointment(text: str) -> bool:
    """我想取消预约, 帮我把周五的预约改一下: about appointments they have."""
    words = _short(text)
    found = _THEIRS.search(words) is not None and _CHANGES.search(words) is not None
    return found and _SUFFERS.search(words) is None


def gives_thanks(text: str) -> bool:
    """谢谢你们的关心[玫瑰]: the whole message is thanks."""
    return _THANKS.fullmatch(_short(text)) is not None


def _short(text: str) -> str:
    """The text without marks, emoji and spaces; empty when it is a story."""
    words = _MARKS.sub("", _STICKER.sub("", unicodedata.normalize("NFKC", text))).casefold()
    return words if len(words) <= LONGEST else ""
