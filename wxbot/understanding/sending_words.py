"""Words about writing to patients, by class; every pattern is for one clause of the normalised text, without spaces.

Gaps are bounded, so that no text takes long.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wxbot.understanding.screening import Screen, needs_of

Span = tuple[int, int]
Read = Callable[[str], Span | None]
CLAUSE = re.compile(r"[\w'·•-]+")  # what stands between marks and emoji


COURTESY = (
    "你好|您好|请问|麻烦|劳驾|拜托|辛苦|谢谢|多谢|感谢|不好意思|抱歉|你们|您们|大家|好吗|行吗|好吧|可以吗|行不行|好不好|"
    "我要|我想|我想要|帮忙|帮我|给我|回复|一下|[请您你我要了吧啦啊哦呀哈嘛呢哟咯喽噢的就那算好]"
)
_START = re.compile(f"(?:{COURTESY}){{1,8}}")
_END = re.compile(f"(?:{COURTESY}){{1,8}}$")
_ALL_COURTESY = re.compile(f"(?:{COURTESY}|理解|关心|关怀|贵诊所|诊所|医生|护士|心领|心意|服务|挺好){{1,12}}")


def without_courtesies(text: str) -> str:
    """请退订谢谢 becomes 退订; text that is nothing else stays."""
    found = _START.match(text)
    bare = text[found.end() :] if found is not None else text
    if not bare:
        return text
    while (end := _END.search(bare[-40:])) is not None and end.end() - end.start() < len(bare):
        bare = bare[: len(bare) - (end.end() - end.start())]
    return bare


def repeated(text: str) -> str:
    """退订退订退订 becomes 退订; other text stays."""
    for size in range(1, len(text) // 2 + 1):
        if len(text) % size == 0 and text == text[:size] * (len(text) // size):
            return text[:size]
    return text


def is_courtesy(text: str) -> bool:
    """Whether the clause is polite and no more."""
    return _ALL_COURTESY.fullmatch(text) is not None


MESSAGES = (
    "消息|信息|短信|简讯|讯息|广告|推送|推广|营销|关怀|回访|问候|提醒|通知|群发|资讯|信西|垃圾|骚扰|祝福|订阅|公众号|"
    "文章|节日|促销|优惠信息"
)
OTHER_THINGS = re.compile(  # what may be sent and is not a message of ours
    "地址|定位|位置|发票|照片|相片|图|片子|报告|单子|单据|资料|链接|病历|电话|号码|表格|清单|价目|价格|验证码|结果|收据|处方|快递|截图|视频|"
    "预约确认|名片|二维码|账单|费用"
)
SEND = (
    "(?:打广告|做广告|私信|line(?=我)|微信(?=我)|推荐(?=活动|产品|优惠|套餐|广告)|群发|发送|发布|推送|骚扰|打扰|打搅|轰炸|惊扰|联系|联络|通知|提醒|回访|关怀|问候|慰问|send|sent|刷屏|整(?=这些|那些|这种|消息)|法(?=消息|信息|短信)|弹(?=消息|窗|广告)|"
    "寄(?=消息|信息|广告)|来(?=消息|信息|短信|讯)|传(?!染|给医|片|照|真|报)|"
    "发(?![紧烧炎热红痒紫青黄黑生展现作麻白肿硬脾货痛霉福胖愁呆火慌抖冷音言胀酸痘疹票物明觉挥型际车工证育臭干毛囊病汗])|"
    "推(?![迟荐后拿到掉辞翻开车理拉给断销算])|(?<!麻)烦(?![恼劳请躁]))"
)
REFUSE = (
    "(?:不要|勿要|不用|不必|不需要?|不须|无需|无须|没必要|没有必要|莫得必要|冇必要|用不着|犯不着|不消|不药(?=再|发)|布要|憋(?=再|发|给我|老)|"
    "不想(?=让?你们|让?恁|再被|被)|不希望|不许|不准|不得|不可以|禁止|严禁|唔好|唔使|唔要|唔该咪|咪(?=再|发|send|烦)|"
    "(?:(?<![特分区个告离性识级类派送])|(?<=广告|推送|知识|这类|那类|此类|这个|那个))别(?![人家的处墅])|勿|莫要|莫(?!名|非|大)|甭|覅|嫑|表(?=再|发|推|给我)|休要|停止|停了|立刻停|不再|少来|少(?=烦|骚扰|打扰)|"
    "拒绝|谢绝|杜绝|可以不|能不(?!能)|可不可以不|能不能不|永远不)"
)
BETWEEN = (
    "(?:再|在|总是?|老是?|一直|天天|每天|整天|成天|动不动就?|随便|乱|瞎|继续|接着|给我们?|给俺|给人家?|给本人|给咱|俾我|向我|跟我|往我|"
    "对我|朝我|来|过来|去|这么|这样|这种|又|还|今后|以后|后面|就|t?m的?|tm|他妈的?|特么的?|任何|什么|那个|这个|这些|那些|这类|形式|"
    "个|手机|微信|上|这里|这边|一天到晚|没事|有事没事|主动|定期|擅自|群|你们|您|人|也|都|啊|嘛|了|的|无用|没用|式|嘢|"
    f"{MESSAGES})"
)
MUCH = "(?:得|的)?(?:这么|那么|太|那样|这样|过于|过|很|好)?(?:多|频繁|勤|密|晚|早)"
FOR_US = f"(?:{MESSAGES}|活动|广告)"
RASH = re.compile("[痘疹炎疱癣斑]|过敏|溃疡")  # 痘痘别再发了
KEEP = re.compile("(?:别|不要|不能|千万别)停")
SOFT = re.compile(f"(?:不用|不必|不需要?|无需|没必要|可以不|能不){BETWEEN}{{0,7}}?(?:联系|联络|通知|提醒)")


@dataclass(frozen=True, slots=True)
class Wording:
    """Where a wording stands in a clause; one of the patterns is found there, then."""

    read: Read
    patterns: "tuple[re.Pattern[str], ...]"


class Wordings:
    """Wordings by the names of their rules, of which the first that reads a clause counts."""

    def __init__(self, by_rule: Mapping[str, Wording]) -> None:
        self._rules = tuple((rule, wording.read) for rule, wording in by_rule.items())
        self._screen = Screen(needs_of(*wording.patterns) for wording in by_rule.values())

    def possible(self, text: str) -> bool:
        """Whether a clause of the text may be read; False is sure."""
        return self._screen.possible(text) != 0

    def first(self, clause: str) -> tuple[str, Span] | None:
        """The first rule that reads the clause, and where."""
        for place in self._screen.of(clause):
            rule, read = self._rules[place]
            found = read(clause)
            if found is not None:
                return rule, found
        return None


def reading(pattern: "re.Pattern[str]", *unless: "re.Pattern[str]") -> Wording:
    """A pattern that stands in a clause in which none of `unless` does."""

    def read(clause: str) -> Span | None:
        found = pattern.search(clause)
        if found is None or any(other.search(clause) for other in unless):
            return None
        return found.span()

    return Wording(read, (pattern,))


def about_messages_too(clause: str) -> bool:
    """Whether a clause names messages."""
    return re.search(MESSAGES, clause) is not None
