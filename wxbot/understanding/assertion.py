"""Whether words say that something is so now: negation, past, over, supposed, heard of (NegEx and ConText, in Chinese).

In doubt it is so: the caller asks about signs of danger, and a person looks at what was meant.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property

from wxbot.understanding.message import Message
from wxbot.understanding.phrase_search import Match

CLAUSE_MARKS = frozenset(",.;:!?~ ")
MOST_LOOKED = 80  # characters of a sentence on either side
_SENTENCE_END = re.compile("[.!?]")
SPACED_OUT = 3  # pieces of so few characters on average are letters apart, not clauses: 流 血 不 止


_NEGATION = re.compile(
    "(?:没有|没|并无|不是|不会|不算|从不|不|未|无|别|冇|唔|勿|莫得|没得|木有)"
    "(?:再|怎么|咋|什么|啥|任何|出现|发生|有|太|很|特别|那么|这么|明显|继续|感觉|觉得|到|过|啥子|的|人|孩子|在|是|又|对|乜|化|起|流|长|冒|生|发|渗|红|甚么|多少|半点|一点|任何的|大|药物|来|想|要|敢|出|见|查到|头|胸){0,3}$"
)
_ALSO_DENIED = re.compile(
    "(?:没有|没|无|未|冇)(?:什么|任何|再|出现|感觉|觉得|明显)?"
    "(?:心慌|胸闷|头晕|头疼|头痛|恶心|呕吐|发烧|发热|红肿|肿胀|出血|流血|渗血|疼痛|化脓|流脓|呼吸困难|过敏|麻木|气短|发炎|感染|水泡|肿|疼|痛|痒|烧"
    "|和|或者|或|以及|跟|与|也|、){1,6}$"
)
_NOT_DENIED = re.compile(
    "(?:该|怕|莫)?不会(?:是|真的|真是)$|(?:是不是|会不会|有没有|要不|是否|不知道|知不知道|忍不住|不得不).{0,4}$"
)
_LISTED = re.compile("(?:没有|没|无|未)[^.!?]{0,14}$")
_LIST_ENDS = re.compile("^[^.!?]{0,10}?(?:这些|这种|这类|之类|什么的|等(?:情况|症状|问题|现象))")
_PAST = re.compile(
    "去年|前年|大前年|以前|之前|从前|小时候|小的时候|年轻时|曾经|当年|当时|早年|往年|过去|上次|上回|上一次|那次|那回|那年|第一次来"
    "|年前|月前|上个月|上上个?月|几年|多年|旧时|以往|之前有"
)
_OWN_TREATMENT = re.compile(
    "(?:之前|上次|上回|以前|那次|上个月|上一次)[^,.!?]{0,10}(?:后|完|之后|以后|回来|的那|那颗|那个)"
)
_STILL = re.compile(
    "一直|还在|还是|仍|至今|到现在|到今天|现在|目前|今天|今早|刚|正在|又|越来越|突然|不停|没停|止不住"
    "|怎么办|咋办|咋整|怎么回事|怎么弄|点算|急"
)
_HAPPENED_ONCE = re.compile("^(?:过|了?过)(?![了敏来去程后])")
_SUPPOSED = re.compile(
    "如果|要是|若是|假如|假设|万一|倘若|若|的话|哪些情况|什么情况|哪种情况|防止|避免|预防|怎样才|如何|一般|通常|正常情况|注意事项"
)
_HEARD = re.compile(
    "听说|听人|听讲|听[^,.!?]{0,4}[说讲]|听(?:同事|朋友|别人|邻居|人家)|据说|传说|网上|新闻|小红书|抖音|百度|别人说|有人说|人家说|都说|看到说|科普|帖子|朋友说会"
)
_MAY = re.compile("(?<![一机误聚约])(?:会不会|可不可能|是否会|可能会|会|容易|至于)(?![儿员议诊])[^,.!?]{0,7}$")
_MAY_REALLY = re.compile(
    "(?:怎么|为什么|为啥|咋|咋个|点解|就|还|总|老|老是|每次都?|时不时|有时候?|偶尔|居然|竟然|碰都|都|晚上|夜里|半夜|每天|经常|动不动|一[^,.!?]{1,5})会[^,.!?]{0,7}$|会不会是|会是|不会是"
)
_FEARED = re.compile("(?:怕|担心|害怕|恐惧|惊)[^,.!?]{0,7}$")
_GENERAL_QUESTION = re.compile("^(?:吗|么|嘛|不\\??$|吧\\?|没有\\?|架|咩|不啦)")
_ASKS_WHY = re.compile("怎么|为什么|为啥|为何|咋|点解|哪能|怎地|做咩")  # who asks why has it: 血咋个止不到嘛
_CONDITION_BEHIND = re.compile(
    "^了?(?:的话|的时候|时要|怎么办才|的情况下|怎么预防|的概率|的风险|的几率|的可能|[^,.!?]{0,3}就(?:打电话|联系|告诉|及时|来医院|来找|要来|去医院))"
)
_NOW = re.compile(
    "现在|还在|目前|刚刚|刚才|已经|从昨|昨晚|昨天晚上|一晚上|半夜|止不住|停不下来|又开始|到现在|在流|此刻|(?:流|痛|肿|烧|晕)紧|了(?:两|三|四|五|六|七|几|好几|\\d+)个?(?:小时|钟|天)"
)
_OVER = re.compile(
    "(?:^|[,.;!~]|已经|今天|现在|早上|后来|后面|都|全|就|也|早就|基本|差不多|目前|慢慢|又|可以|然后|早)"
    "(?:好了|没了|正常了?|没事了?|恢复了|不了)(?!吗|么|没|嘛|\\?|吧)"
    "|好多了|没事了(?!吗|么|吧|\\?)|缓过来|没问题了|恢复正常|恢复得?(?:很好|不错|挺好)|体温正常|彻底好|好转了|好利索|消失了|消退了|痊愈|愈合得?(?:很好|不错|挺好)|已经好(?!几|多|久|大|像)"
)


_BEGINS_A_WORD = re.compile("[我你您他她也还都并从]?[不没别未]")  # a slip of the thumb: 不 好意思


@dataclass(frozen=True)
class Clauses:
    """A message with the places at which its clauses and sentences end; spaces between words end clauses too."""

    text: str
    breaks: frozenset[int] = field(default_factory=frozenset)

    def clause_start(self, at: int) -> int:
        """Where the clause that holds `at` begins."""
        first = max(0, at - MOST_LOOKED)
        while at > first and at not in self.breaks and self.text[at - 1] not in CLAUSE_MARKS:
            at -= 1
        return at

    @cached_property
    def now(self) -> bool:
        """Whether anything in the message says that it goes on now."""
        return _NOW.search(self.text) is not None

    def sentence(self, start: int, end: int) -> tuple[str, str]:
        """What stands before `start` and behind `end` in the same sentence, MOST_LOOKED characters at most."""
        before = self.text[max(0, start - MOST_LOOKED) : start]
        behind = self.text[end : end + MOST_LOOKED]
        return before[max(before.rfind(mark) for mark in ".!?") + 1 :], _SENTENCE_END.split(behind, maxsplit=1)[0]


def clauses_of(message: Message) -> Clauses:
    """The message's text without spaces, and where spaces had been."""
    pieces = message.spaced.split(" ")
    if len(pieces) == 1 or len(message.text) / len(pieces) < SPACED_OUT:
        return Clauses(message.text)
    breaks, at = set(), 0
    for piece in pieces:
        at += len(piece)
        if not _BEGINS_A_WORD.fullmatch(piece):
            breaks.add(at)
    return Clauses(message.text, frozenset(breaks))


def denied(clauses: Clauses, start: int, end: int, *, after: int = 0) -> bool:
    """Whether a negation stands right before `text[start:end]`, or before a list that it is in.

    What stands before `after` is no negation of it: a phrase may hold one itself (没有胎动).
    """
    before = clauses.text[max(after, clauses.clause_start(start)) : start]
    if (_NEGATION.search(before) or _ALSO_DENIED.search(before)) and not _NOT_DENIED.search(before):
        return True
    sentence, behind = clauses.sentence(start, end)
    return not after and bool(_LIST_ENDS.match(behind) and _LISTED.search(sentence))


def denies(clauses: Clauses, match: Match) -> bool:
    """Whether one of the parts of a match is denied."""
    for part in match.parts:
        after = max((each.end for each in match.parts if each.end <= part.start), default=0)
        if denied(clauses, part.start, part.end, after=after):
            return True
    return False


def supposed(clauses: Clauses, match: Match) -> bool:
    """Whether it is only thought of: 会不会, 如果, 听说, 怕, or asked in general."""
    start, end = match.start, match.end
    last = max(part.start for part in match.parts)
    sentence, behind = clauses.sentence(last, end)
    clause = clauses.text[clauses.clause_start(last) : last]
    if clauses.now:
        return False
    if _SUPPOSED.search(sentence) or _HEARD.search(sentence):
        return True
    if _MAY.search(clause) and not _MAY_REALLY.search(clause):
        return True
    if _FEARED.search(clause) and not _STILL.search(clauses.text[start : start + MOST_LOOKED]):
        return True
    if _CONDITION_BEHIND.match(behind):
        return True
    inside = clauses.text[start:end]
    asks_why = _ASKS_WHY.search(clause + inside) is not None
    general = bool(_GENERAL_QUESTION.match(behind)) and not asks_why
    return general and "了" not in inside and not clause.endswith(("是", "算"))


def past(clauses: Clauses, start: int, end: int) -> bool:
    """Whether it is told of an earlier time: 去年流过血, 晕倒过."""
    sentence, behind = clauses.sentence(start, end)
    if _HAPPENED_ONCE.match(behind):
        return True
    found = _PAST.search(sentence)
    if found is None:
        return False
    told = sentence[found.start() :] + clauses.text[start : start + MOST_LOOKED]
    return not _STILL.search(told) and not _OWN_TREATMENT.search(told)


def over(clauses: Clauses, end: int) -> bool:
    """Whether it is said behind it that all is well again."""
    return bool(_OVER.search(clauses.text, end, end + MOST_LOOKED))
