"""Short answers to a question that is open: yes, no, back, leave, more, with the courtesies around them."""

from collections.abc import Mapping
from functools import lru_cache

from wxbot.understanding.fillers import FILLERS
from wxbot.understanding.message import Message
from wxbot.understanding.models import Evidence, Intent, Reading
from wxbot.understanding.words import WordLists

SHORT_ANSWERS: Mapping[str, Intent] = {
    "no": Intent.NO,
    "leave": Intent.LEAVE,
    "back": Intent.BACK,
    "more": Intent.MORE,
    "yes": Intent.YES,
}
LONGEST = 24  # signs; a longer text is no short answer
ASKING = ("?", "吗", "么", "嘛", "呢", "不", "没", "没有", "咋", "啥", "没问题吧")  # 可以吗 is no yes
NO_FILLERS = frozenset(  # 你好 is no 好
    {
        "在吗",
        "在么",
        "牙齿",
        "咨询",
        "主要",
        "另外",
        "但",
        "但是",
        "可是",
        "而且",
        "你",
        "您",
        "得",
        "有人吗",
        "打扰",
        "时间",
        "日期",
        "项目",
        "预约时间",
        "预约项目",
    }
)


def listed_answer(message: Message, words: WordLists) -> Reading | None:
    """The answer when the whole message, without its marks, is a word of one of the lists; no question is one."""
    if "?" in message.text:
        return None
    for key, intent in SHORT_ANSWERS.items():
        if message.words in words.of(key):
            return _reading(message, key, intent)
    return None


def courteous_answer(message: Message, words: WordLists) -> Reading | None:
    """The answer when the message is words of one list with nothing but courtesies around: 嗯就这个, 可以的谢谢."""
    spoken = message.words
    if (
        not spoken
        or len(spoken) > LONGEST
        or spoken in words.of("greeting")
        or message.text.endswith(ASKING)
        or "?" in message.text
    ):
        return None
    for key, intent in SHORT_ANSWERS.items():
        if _made_of(spoken, words.of(key), _courtesies(words)):
            return _reading(message, key, intent)
    return None


def _reading(message: Message, key: str, intent: Intent) -> Reading:
    evidence = Evidence(rule=f"words.{key}", words=message.text, start=0, end=len(message.text))
    return Reading(text=message.text, intent=intent, evidence=(evidence,))


@lru_cache(maxsize=4)
def _courtesies(words: WordLists) -> frozenset[str]:
    """Words that change no answer. Compiled once per state of the lists."""
    fillers = set(FILLERS.split()) - NO_FILLERS
    return frozenset(fillers | words.of("ignored") | words.of("thanks") | {"的", ""}) - {""}


def _made_of(spoken: str, answers: frozenset[str], courtesies: frozenset[str]) -> bool:
    """Whether the text is words of both kinds, one after the other, with at least one answer."""
    longest = max(map(len, answers | courtesies), default=0)
    bare, answered = {0}, set[int]()  # the places that are reached without an answer, and with one
    for place in range(len(spoken)):
        if place not in bare and place not in answered:
            continue
        for end in range(place + 1, min(place + longest, len(spoken)) + 1):
            word = spoken[place:end]
            if word in answers:
                answered.add(end)
            if word in courtesies:
                (answered if place in answered else bare).add(end)
    return len(spoken) in answered
