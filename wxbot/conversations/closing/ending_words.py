"""By which words an ending is told: what staff asked and said last, and what patients answered. Pure.

The lists are those of config/endings.toml; phrases are written as `understanding/phrase_search.py` says.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, lru_cache

from wxbot.understanding.asking_words import ASKING_WORDS
from wxbot.understanding.courtesies import find_courtesy
from wxbot.understanding.message import normalise
from wxbot.understanding.models import Intent
from wxbot.understanding.phrase_search import PhraseSearch
from wxbot.understanding.words import WordLists

_ASKS = re.compile(r"\?|[吗么呢嘛][,.!~]*$|" + "|".join(ASKING_WORDS) + "|怎样|为啥|几[个颗]|哪[里个位些天儿]|如何|咋")
_PARTICLES = re.compile("[了的啊呀哦噢嗯吧哈啦呢嘞哒滴呵额那我都也就先]+")
_FILLER_ONLY = re.compile("[嗯啊哦噢额呃唔喔哈呵好的行是对]*")
_HOLD_REST = re.compile(  # what may stand beside 请稍等 without being an answer
    "[请您你片刻一下我们去问查看核实确认医生帮给马上稍后回复答好的对不起意思抱歉麻烦系统让这边跟和再哈哦呢吧了啊,.!~]*"
)
_WHOLE = ("nothing_more", "goodbye")  # lists that a whole message must consist of


@dataclass(frozen=True, kw_only=True, eq=False)
class EndingWords:
    """The lists by key, and how long a silence is one."""

    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    abuse: tuple[str, ...] = ()
    silent_after: timedelta = timedelta(minutes=20)  # the patient says nothing after our answer: 客户结束
    wait_for: timedelta = timedelta(minutes=3)  # … after we asked for more: nothing more (A2-22)

    def prepare(self) -> None:
        """Compile the lists before the first message needs them. Raises PhraseError for one that cannot be read."""
        _ = self._search

    def says(self, key: str, text: str) -> bool:
        """Whether a text has a phrase of that list, or "abuse"."""
        return any(True for _ in self._search.look(normalise(text).text).matches(key))

    def nothing_more(self, text: str) -> bool:
        """Whether the whole message says that there is nothing more: 没有了谢谢, 好的再见, 👌."""
        return self._consists_of(text, "nothing_more", "goodbye")

    def goodbye(self, text: str) -> bool:
        """Whether the whole message is polite and says goodbye."""
        return self.nothing_more(text) and _contains(normalise(text).words, self.phrases.get("goodbye", ()))

    def only_holds(self, text: str) -> bool:
        """Whether staff said nothing but 请稍等, or nothing but 嗯, 哦: no answer yet (A2-79, A0-38)."""
        message = normalise(text)
        if _FILLER_ONLY.fullmatch(message.words) is not None:
            return True
        spans = [span for match in self._search.look(message.text).matches("hold") for span in match.parts]
        rest = "".join(sign for at, sign in enumerate(message.text) if not any(s.start <= at < s.end for s in spans))
        return bool(spans) and _HOLD_REST.fullmatch(rest) is not None

    def _consists_of(self, text: str, *keys: str) -> bool:
        words = normalise(text).words
        if text.strip() in SENT_THINGS:
            return False
        if find_courtesy(normalise(text), _NO_LISTS) in {Intent.THANKS, Intent.GOOD_NEWS}:
            return True
        listed = sorted((word for key in keys for word in self.phrases.get(key, ())), key=len, reverse=True)
        for word in listed:
            words = words.replace(word, "")
        return _PARTICLES.sub("", words) == ""

    @cached_property
    def _search(self) -> PhraseSearch:
        return _compiled(_frozen({**self.phrases, "abuse": self.abuse}))


# What a line of the transcript says in place of words (dispatch/transcript.py).
SENT_THINGS = frozenset({"[图片]", "[语音]", "[视频]", "[位置]", "[链接]", "[无法显示的消息]"})  # somebody must look
EVENTS = frozenset(
    {"[关注]", "[取消关注]", "[扫码]", "[点击菜单]", "[打开菜单链接]", "[菜单扫码]", "[菜单发图]", "[菜单位置]"}
)
_NO_LISTS = WordLists()


def asks(text: str) -> bool:
    """Whether a text asks something."""
    return _ASKS.search(normalise(text).text) is not None


def _contains(words: str, listed: tuple[str, ...]) -> bool:
    return any(word in words for word in listed)


def _frozen(lists: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((key, words) for key, words in lists.items() if key not in _WHOLE)


@lru_cache(maxsize=8)
def _compiled(lists: tuple[tuple[str, tuple[str, ...]], ...]) -> PhraseSearch:
    return PhraseSearch(dict(lists), by_sound=False)
