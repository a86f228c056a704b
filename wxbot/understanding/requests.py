"""Asking for a person, complaining, being angry at us.

Read clause by clause: 不是这个意思，转人工吧 asks in its second one. A clause that wants no person (不用转人工,
别打电话) asks for none, whatever else it says; 人工 in 人工种植牙 and 人工智能 is none. Anger at a tooth is no anger at
us.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from wxbot.understanding.message import Message
from wxbot.understanding.models import Evidence, Intent
from wxbot.understanding.screening import Screen, needs_of, needs_of_word
from wxbot.understanding.words import WordLists

WHO, AT_US, ALONE, ELSEWHERE = "person.who", "angry.at_us", "angry.alone", "angry.elsewhere"  # the lists of words
BEGINNING, END = 160, 80  # characters of a story that are read for what it asks of people
_CLAUSES = re.compile(r"[^,.;:!?…~—\n]+")


@dataclass(frozen=True, kw_only=True)
class RequestFound:
    """PERSON or COMPLAINT with its evidence; `intent` None when the message is only angry."""

    intent: Intent | None
    evidence: tuple[Evidence, ...]
    angry: bool = False


@dataclass(frozen=True)
class _Rule:
    name: str
    pattern: re.Pattern[str]


# What 人工 stands for in medicine and elsewhere: no person.
_NO_PERSON = (
    "智|种|牙|骨|晶|关节|费|洗|瓣|泪|授|受孕|流产|呼吸|耳|皮|材|合成|色素|降|的|草|香"
    "|关|甜|义|假|器官|心脏|血管|肛|肾|膝|髋|椎"
    "|培|养|湖|岛|造|制|破膜|操作|成本|手术|贴|美|拔|修"
)
_MANUAL = f"(?:人工(?!{_NO_PERSON}))"
_SOFT = "(?:的?话|吧|吗|么|呢|啊|呀|哈|哦|呗|嘛|嘞|哇|好伐|行吗|行不行|可以吗|好吗|谢谢|一下|下|了|[0-9a-z])*"
_ASKS = (
    "(?:能不能|可不可以|可以|能否|麻烦|请|帮我|帮忙|给我|我想|我要|我|想|要|快点?|赶紧"
    "|赶快|马上|直接|还是|那|就|先|到底|喂|你好|您好)"
)
_FETCHES = "(?:转接?|转到|转成|接通?|接入|连线|求|非|需要|切|找|叫|呼叫|换成?|要|想要|联系|喊|派|来|安排|搵|揾|呼)"
_SPEAKS = "(?:回[我个复话答应一电]|回下|联系|打|接|来|说|聊|沟通|讲|谈|看一?[看下]|处理|解决|帮|找我|理我|加我)"
_REFUSES = re.compile(
    "(?:不用|不要|不需要|无需|无须|先不|暂时不|别再?|不必|没必要|请勿|甭|莫|唔使|不想"
    "|不愿意?)(?:再|给我|你们|跟我|麻烦|让|叫|找|转|接|打|联系|回){0,4}"
    "(?:人工|客服|真人|电话|回复|联系|打扰|前台|来电|通话|回电|回我|我)"
)
_BOT = "(?:机器人?|系统|自动回复|ai|智能客服|程序)"


def find_request(message: Message, words: WordLists) -> RequestFound | None:
    """What the message asks of people; None when nothing."""
    lexicon = lexicon_of(words)
    asked = _clauses(message.text) if lexicon.person_screen.possible(message.text) else ()
    evidence = [found for clause in asked if (found := _asked(clause, lexicon)) is not None]
    angers = (_anger(message.text[start:end], start, lexicon) for start, end in _read(message.text))
    anger = next((each for each in angers if each is not None), None)
    if not evidence and anger is None:
        return None
    return RequestFound(
        intent=Intent.PERSON if evidence else None,
        evidence=(*evidence[:1], *((anger,) if anger is not None else ())),
        angry=anger is not None,
    )


@lru_cache(maxsize=8)
def lexicon_of(words: WordLists) -> "_Lexicon":
    """The rules for these lists; made once for each state of them."""
    return _lexicon(*(tuple(sorted(words.of(key))) for key in (WHO, AT_US, ALONE, ELSEWHERE)))


def _read(text: str) -> tuple[tuple[int, int], ...]:
    """The stretches of a text that are read: of a story its beginning and its end."""
    if len(text) <= BEGINNING + END:
        return ((0, len(text)),)
    return ((0, BEGINNING), (len(text) - END, len(text)))


def _clauses(text: str) -> Iterator[re.Match[str]]:
    for start, end in _read(text):
        yield from _CLAUSES.finditer(text, start, end)


@dataclass(frozen=True)
class _Lexicon:
    """The rules for one state of the word lists."""

    person: tuple[_Rule, ...]
    person_screen: Screen
    at_us: re.Pattern[str]
    alone: re.Pattern[str]
    unrelated: re.Pattern[str]
    anger_screen: Screen  # _WHOLE, _POOR_THING, _REPEATED, _BAD_SERVICE, each word of `alone`, each of `at_us`
    words_alone: int


_NO_MOTHER = "(?!(?<=[我俺咱阿老她您姨舅姑干])妈的)"  # 先约我妈的 curses nobody


@lru_cache(maxsize=8)
def _lexicon(
    who: tuple[str, ...], at_us: tuple[str, ...], alone: tuple[str, ...], elsewhere: tuple[str, ...]
) -> _Lexicon:
    rules = _person_rules(_either(who))
    of_us, of_anybody, of_others = (re.compile(_NO_MOTHER + _either(each)) for each in (at_us, alone, elsewhere))
    anger = (*map(needs_of, (_WHOLE, _POOR_THING, _REPEATED, _BAD_SERVICE)), *map(needs_of_word, (*alone, *at_us)))
    return _Lexicon(
        person=rules,
        person_screen=Screen(needs_of(rule.pattern) for rule in rules),
        at_us=of_us,
        alone=of_anybody,
        unrelated=of_others,
        anger_screen=Screen(anger),
        words_alone=len(alone),
    )


def _either(words: tuple[str, ...]) -> str:
    """Any of the words, the longest first; nothing at all for an empty list."""
    found = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return f"(?:{found})" if found else r"(?!)"


def _person_rules(who: str) -> tuple[_Rule, ...]:
    someone = f"(?:{_MANUAL}(?:服务|客服)?|{who})"
    doctor = "(?:医生|大夫|医师|主任)"
    sources = {
        # 转人工, 帮我找一下客服, 有没有真人
        "fetch": f"{_FETCHES}(?:一?下|到|个|位|一个|一位|成|出|你们|你们的|哈){{0,3}}(?:在线)?{someone}",
        "is_there": f"(?:有没有?|有无|有)(?:个|位|在线)?(?:的)?{someone}(?!的|案例|照|拍|做|用)",
        # 人工, 客服呢, 前台在吗, 人工几点上班
        "alone": (
            f"(?:{_ASKS}|你们){{0,4}}(?:在线)?(?:{someone}){{1,4}}(?:人员?|服务|电话|热线)?"
            f"(?:呢|在吗|在不在|在么|在哪|人呢|有吗|有人吗?|有没有人?|几点上班|什么时候上班|上班吗"
            f"|上班了吗|电话多少|多少"
            f"|回复?一?下|回复|回我|接一?下|死哪去了|去哪了|哪去了|怎么不回|不回|不理人|怎么联系"
            f"|怎么打不通|打不通|没人接){{0,2}}{_SOFT}"
        ),
        # 让前台联系我, 叫你们经理来, 想直接跟医生说
        "let": (
            f"(?:让|叫|请|喊|麻烦|派|由|要|见|找)(?:一?下|哈|你们|您们|你|那个|上次){{0,3}}"
            f"(?:的)?{who}.{{0,4}}?{_SPEAKS}"
        ),
        "let_doctor": (
            f"(?:让|叫|请|麻烦)[\\w]{{0,3}}{doctor}[^,]{{0,4}}?(?:回[我个复话答一]"
            "|回下|联系|打电话|加我|找我|沟通|说[一句]|语音)"
        ),
        "direct": "(?:让|能不能|可以|想|叫|请|要)[^,]{0,6}(?:直接|亲自)[^,]{0,2}(?:跟|和|与|同|找|回)",
        "talk": (
            f"(?:想|要|可以|能|让我|能不能)(?:直接|亲自|当面)?(?:跟|和|与|同)[\\w]{{0,4}}"
            f"(?:{someone}|{doctor})[\\w]{{0,2}}(?:说|聊|沟通|讲|谈|咨询|视频|通话)"
        ),
        "talk_to": (
            f"(?:跟|和|与|同|对){someone}[\\w]{{0,2}}?(?:说|聊|沟通|对话|讲|谈|交流)"
            "|(?:跟|和)(?:一?个)?人(?:说话|聊|对话|沟通)"
        ),
        "where": "^人(?:呢|呐|在哪|去哪了?|都去哪了?)+$|你们人呢",
        "someone_who": "有(?:一?个|一?位)?人(?:能|可以)?(?:回[我复一答]|理我|管|跟我|和我说|帮我|帮下)",
        "boss": (
            "(?:叫|找|要|见|让|喊|请|换|你们)(?:一?下|你们)?的?(?:经理|店长|负责人"
            "|老板|主管|领导|管事的?)(?:来|出来|跟|和|给|接|说|讲|电话|联系|打|回"
            "|解释|处理)"
        ),
        "meet_boss": "(?:我要见|要找|我找|找一?下|叫|找你们|见你们)你?们?的?(?:经理|店长|负责人|老板|主管|领导|管事的)",
        "last_one": f"找一?下?上次[\\w]{{0,6}}(?:{who}|咨询|接待)",
        "your_people": (
            "(?:叫|让|找|换|请|喊)一?下?你们?(?:店里|诊所|那边|那儿|公司)?的?(?:人"
            "|同事|员工)(?:来|回|说|打|接|跟|和|联系|吧|$)?"
        ),
        # 我要找人, 叫个人来, 换个人跟我聊
        "get_someone": (
            "(?:找|叫|来|换|派|喊|安排|请|要|给我|整)(?:一?下|哈)?(?:一?个|一?位|些)?(?:活|真|大活)?人"
            "(?!家|陪|做|一起|拼|代|替|介绍|推荐|多|少|吃|帮我?拿|抬|接送|民|体|像|脸|中|流)"
        ),
        "who_speaks": "来个会说话的|来个能说话的|来个懂的",
        # 有没有人啊, 没人回吗, 怎么一直没人理我
        "anybody": (
            "(?:有没有?|有)人(?:在(?!旁|家)|管|回|理|应|帮忙|帮我|帮下|能帮|能回|负责|处理|啊|呀|吗|么|没|不|[ 喂]|$)"
        ),
        "nobody": "(?:没有?|都没有?|怎么没有?|为什么没有?)(?:一个)?人(?:回|理|管|接|应|搭理|答复|处理|在吗|来)",
        "who_answers": "谁(?:能|来|可以)(?:帮|回|理|答|管|告诉)",
        # 别跟我机器人说话, 你是真人吗
        "no_bot": f"(?:不想|不要|别|不愿|不跟|讨厌|懒得|不和|烦|拒绝)[^,]{{0,4}}{_BOT}",
        "is_it_a_person": (
            f"(?:是|是不是)(?:真人|人|活人|{_BOT})(?:在)?(?:吗|么|嘛|吧|还是|回|在|$)|是人还是|是真人|人还是机器"
        ),
        # 给我打个电话, 回电, 电话联系
        "call_me": (
            "给(?:我|他|她|俺|咱|人家)(?:老公|老婆|妈|爸|家人)?(?:打|回|来|拨|去)(?!过|了)(?:一?个"
            "|一?下|通|一通)?(?:电话|话|电|语音)"
            "|(?:给我|我)(?:个|来个|一个)(?:电话|语音)|打(?:一?个|一?下|通)?(?:电话|语音)(?:给[我她他俺]"
            "|过来|来|跟我|说|讲|联系|沟通|聊)"
            "|打我(?:的)?(?:电话|手机)|打给[我她他俺]|(?:请|麻烦|尽快|快|速|能不能|可以|盼|望"
            "|求|给我)回(?:个|一个|下)?(?:电|语音)|^回电"
            "|电话(?:联系|里?说|里讲|沟通|里?聊|谈|回访一下|回我)(?!过|了)|等(?:你们?|您们?|医生"
            "|前台)?(?:的)?(?:回)?电话(?!号)"
            "|(?:回|打)(?:个|一个)?电话吧|语音通话|视频通话|通个?电话|打个视频|接个?电话说|致电(?:给)?我"
            "|给我致电|语音(?:说|讲|聊|回)|加[^,]{0,8}(?:微信|企微)"
        ),
        "contact_me": (
            "(?:请|尽快|快|麻烦|让|能不能|可以|赶紧|速|主动|叫人)?[^,别不]{0,3}联系"
            "(?:一?下)?(?:我|俺)(?!了|们|过)|联系(?:我|俺)一?下|^联系我"
        ),
        # 看到请回复
        "answer_me": (
            "(?:看到|看见|看下|收到)了?(?:消息|信息|留言)?(?:的话|后|之后)?(?:请|麻烦|快|尽快"
            "|给我|就)?(?:回(?!去|家|来|复[0-9td])|理我)"
            "|(?:能不能|可不可以|可以|麻烦|请|快|尽快|赶紧|能)(?:不能)?(?:回(?:一?下|个|复|应"
            "|话|我|信)(?:我|俺)?|理(?:一?下)?我)"
            "|^回(?:一?下|我|复我|个话|话)(?:吧|啊|呀|一下|下)?$|怎么(?:一直|还|都|老是?)?不(?:回(?!去|家|来)|理)"
        ),
        "help_me": (
            "(?:叫|找|让|有没有|安排)人(?:来)?(?:帮|教)|(?:不会|不懂)(?:弄|用|操作|搞)[^,]{0,4}(?:帮忙|叫人|找人)"
        ),
    }
    return tuple(
        _Rule(f"person.{name}", re.compile(f"(?:{source})$" if name == "alone" else source))
        for name, source in sources.items()
    )


def _asked(clause: re.Match[str], lexicon: _Lexicon) -> Evidence | None:
    text = clause[0]
    if not lexicon.person_screen.possible(text):
        return None
    refused = _REFUSES.search(text)
    if refused is not None and re.search(_BOT, text[refused.start() :]) is None:
        return None
    for rule in map(lexicon.person.__getitem__, lexicon.person_screen.of(text)):
        found = rule.pattern.match(text) if rule.name == "person.alone" else rule.pattern.search(text)
        if found is not None and not _negated(text, found.start()):
            start = clause.start() + found.start()
            return _evidence(rule.name, found[0], start, "找人工")
    return None


_BEFORE = 4  # characters before a request in which a negation undoes it
_NEGATED = re.compile("(?:不用|不要|不需要|无需|先不|别|不必|没必要|勿|甭|莫|不想)(?:再|去|先|让|叫|给|来|你|你们)*$")


def _negated(text: str, start: int) -> bool:
    return _NEGATED.search(text[max(0, start - _BEFORE) : start]) is not None


# -- anger ------------------------------------------------------------------------------------------------------------

_REPEATED = re.compile(
    "说了?(?:多少|几|好几|无数|[2-9两二三四五六七八九十]+)(?:遍|次)|(?:发|重复|问)了?(?:多少"
    "|几|好几|无数|[2-9两二三四五六七八九十]+)遍|(?:一直|老是?|总是?|又是?|来来回回)(?:重复"
    "|发|说|就)?(?:这|那)一?(?:句|条|段|个)"
)
_BAD_SERVICE = re.compile(
    "(?:态度|服务|服务态度|体验|素质)(?:真|太|很|这么|那么|特别|非常|极其|好|有点|也太)*(?:差"
    "|恶劣|烂|垃圾|糟|恶心|不好|不行)"
)
_POOR_THING = re.compile(
    "(?:什么|啥|这|你们?这?|这个|你们?的)(?:破|垃圾|狗屁|鬼|烂|傻|弱智|脑残|智障)(?:系统"
    "|机器人?|公众号|诊所|医院|玩意儿?|东西|服务|程序|客服|软件|平台|回复|号|地方)?"
    "|(?:破|垃圾|烂|弱智|智障|傻[逼x叉]?|脑残)(?:系统|机器人?|公众号|诊所|医院|服务|程序|客服|软件|平台|自动回复)"
)
_WHOLE = re.compile("滚+[吧啊开]?|服了+|我?(?:真|也)?是?醉了|呸+|我?去你的|靠+|操+|我去你的")
_BROKEN_OWN = re.compile("(?:我|俺)(?:的|这|这个|那|那颗|这颗|这口)?(?:破|烂|垃圾)")


def _anger(text: str, offset: int, lexicon: _Lexicon) -> Evidence | None:
    """The words of anger at us, if any. What is said of teeth, pain or other people is none."""
    possible = lexicon.anger_screen.possible(text)
    if not possible:
        return None
    if possible & 1 and _WHOLE.fullmatch(text.strip(",.!?~…")) is not None:
        return _evidence("angry.whole", text, offset, "不满")
    for name, pattern, may in (
        ("at_us", lexicon.at_us, possible >> 4 + lexicon.words_alone),
        ("poor_thing", _POOR_THING, possible & 2),
        ("repeated", _REPEATED, possible & 4),
        ("service", _BAD_SERVICE, possible & 8),
    ):
        found = pattern.search(text) if may else None
        own = name == "poor_thing" and found is not None and _BROKEN_OWN.search(text)
        if found is not None and not (own and lexicon.unrelated.search(text)):
            return _evidence(f"angry.{name}", found[0], offset + found.start(), "不满")
    found = lexicon.alone.search(text) if possible >> 4 & ~(-1 << lexicon.words_alone) else None
    if found is None or lexicon.unrelated.search(text):
        return None
    return _evidence("angry.alone", found[0], offset + found.start(), "不满")


def _evidence(rule: str, words: str, start: int, meaning: str) -> Evidence:
    return Evidence(rule=rule, words=words, start=start, end=start + len(words), meaning=meaning)
