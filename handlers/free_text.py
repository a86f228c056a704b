"""Whether a sentence greets or thanks. Pure."""

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

_THANKS = re.compile(
    "(?:好的?|收到|知道了|明白了?|嗯+|ok)?(?:非常|十分|太|真的?|多)*(?:谢谢|感谢|多谢|谢)"
    "(?:[你您]们?|大家|医生|诊所|的|了|啦|啊|哦|噢|哈|关心|提醒|祝福|惦记|通知|安排|帮忙)*"
)
_STICKER = re.compile(r"\[[^\[\]]{1,6}\]")  # WeChat's own emoji arrive as [玫瑰]
_MARKS = re.compile(r"\W|_")  # and every other emoji


def gives_thanks(text: str) -> bool:
    """谢谢你们的关心[玫瑰]: the whole message is thanks."""
    return _THANKS.fullmatch(_short(text)) is not None


def _short(text: str) -> str:
    """The text without marks, emoji and spaces; empty when it is a story."""
    words = _MARKS.sub("", _STICKER.sub("", unicodedata.normalize("NFKC", text))).casefold()
    return words if len(words) <= LONGEST else ""
