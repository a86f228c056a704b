"""What a patient's words ask of a person who talks with them: nothing (好的谢谢), an answer, or a question. Pure.

The bot's own reading of 好 or 不用了 depends on its dialogue; here it is only asked whether somebody must answer.
"""

from collections.abc import Collection

from wxbot.understanding.asking_words import ASKING_WORDS
from wxbot.understanding.message import normalise
from wxbot.understanding.models import Doubt, Intent, Reading
from wxbot.understanding.words import WordLists

GOODBYE = "person.goodbye"  # the list of words
POLITE_LISTS = (GOODBYE, "person.not_needed", "thanks", "yes", "good_news")
POLITE = frozenset({Intent.THANKS, Intent.GOOD_NEWS})
LONGEST_CLOSER = 30  # characters: who writes more says something
PARTICLES = frozenset("啊呀哦喔噢呢了吧啦哈嘛哟呗的您你嗯恩那就先也都再")
QUESTION_WORDS = (*ASKING_WORDS, "咋", "啥", "哪", "谁", "多长", "行不行", "好不好", "能否", "可否", "是否")
QUESTION_ENDS = ("吗", "么", "呢", "不", "没", "没有")


def asks(reading: Reading) -> bool:
    """Whether the words put a question."""
    words = normalise(reading.text).words
    return (
        "?" in reading.text
        or Doubt.QUESTION in reading.doubts
        or reading.question is not None
        or any(each in words for each in QUESTION_WORDS)
        or (len(words) > 1 and words.endswith(QUESTION_ENDS))
    )


def closes(reading: Reading, lists: WordLists, *, asked: bool = False) -> bool:
    """Whether the words are a polite closer, after which nobody waits.

    `asked`: the colleague's latest words were a question; then a yes or no is the answer to it, and no closer.
    """
    if reading.danger is not None or reading.angry or reading.doubtful_stop or "?" in reading.text:
        return False
    words = normalise(reading.text).words
    if asked and reading.intent in {Intent.YES, Intent.NO}:
        return False
    if reading.intent in POLITE | {Intent.YES} and reading.sure and not reading.others:
        return True
    if reading.intent is Intent.GREETING:
        return words in lists.of(GOODBYE)  # 晚安, but not 你好
    if not words:
        return bool(reading.text) or reading.intent is Intent.NOTHING  # a sticker, an emoji
    return len(words) <= LONGEST_CLOSER and _only_of(words, [lists.of(key) for key in POLITE_LISTS])


def _only_of(words: str, lists: Collection[Collection[str]]) -> bool:
    """Whether nothing is left when the words of those lists are taken out, the longest first."""
    at = 0
    while at < len(words):
        length = next(
            (size for size in range(len(words) - at, 0, -1) if any(words[at : at + size] in each for each in lists)), 0
        )
        if not length and words[at] in PARTICLES:
            length = 1
        if not length:
            return False
        at += length
    return True
