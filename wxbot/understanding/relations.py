"""Whose visit it is: 帮我妈约, 给孩子, 我自己, 帮我女儿王小雨."""

import re
from collections.abc import Mapping, Sequence

from wxbot.patients.models import Relation
from wxbot.understanding.models import ForWhom
from wxbot.understanding.tokens import Kind, Token

# The word lists, and how the contact is related to the patient that their words name: `child` is the contact's child.
RELATIONS: Mapping[str, Relation] = {
    "relation.self": Relation.SELF,
    "relation.child": Relation.CHILD,
    "relation.parent": Relation.PARENT,
    "relation.spouse": Relation.SPOUSE,
    "relation.other": Relation.OTHER,
}
SHORTEST_NAME, LONGEST_NAME = 2, 4  # Chinese signs of a name that is written beside a relation
# Family names of more than nine in ten people, from the name report of the Ministry of Public Security, 2020.
FAMILY_NAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦"
    "邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖樊文欧葛庄施章鲁倪邢翟柳安牛梁温季骆焦殷俞辛柯管"
)

_SEVERAL = re.compile(  # two visits or more: each is booked by itself
    "爸妈|爹妈|爹娘|父母|双亲|(?:爸爸?|爹|父亲)[和跟与]?(?:妈妈?|娘|母亲)|(?:妈妈?|娘|母亲)[和跟与]?(?:爸爸?|爹|父亲)"
    "|公公[和跟与]?婆婆|公婆|岳父[和跟与]?岳母|爷爷[和跟与]?奶奶|姥姥[和跟与]?姥爷|外公[和跟与]?外婆|夫妻|夫妇|[两俩]口子|老两口|小两口"
    "|[一全]家(?:[二两三四五六七八九十几\\d]{0,2}口|人(?!民))|全家(?!福)|双胞胎|(?:姐弟|兄妹|姐妹|兄弟|母女|母子|父子|父女|祖孙)(?:两|二|俩|三|都|一起)"
    "|(?:[我咱你他她]们?|娘|爷|哥|姐|爷们|娘们)俩|俩(?:孩子|娃|人|闺女|儿子|大人|小孩)|(?:孩子|娃|宝宝|小朋友|老人|同事|朋友|同学|我|咱)们(?:都|一起|几个|[一二两三四五六七八九十\\d]{1,2}个?人?)"
    "|[二两三四五六七八九几2-9]个(?:人|孩子|小孩|娃|宝宝?|老人|大人|闺女|儿子|女儿|朋友|同事)|[二两三四五六2-9](?:大[一二两三1-3]小|位)|每人|各[约挂]|一人一个"
)

_AS_WELL = re.compile("(?<!可以)(?<!行)也(?:想|要|帮|给|来|顺便|一起){0,2}(?:约|挂|排|预约|登记|看|洗|拔|做)(?!不)")


def names_several(text: str, *, asked: bool) -> bool:
    """Whether the visits of two people or more are meant: 爸妈, 我们俩, 一家三口, 两个孩子.

    `asked`: a question is open, so that somebody who is booked for as well (我妈也约一个) is another one.
    """
    return _SEVERAL.search(text) is not None or (asked and _AS_WELL.search(text) is not None)


def for_whom(tokens: Sequence[Token], names: Mapping[int, str]) -> tuple[ForWhom, ...]:
    """Everybody whose visit the tokens name, each relation once; `names` by the place where they start."""
    found: dict[Relation, ForWhom] = {}
    for token in tokens:
        if token.kind is not Kind.RELATION or not isinstance(token.value, str):
            continue
        relation = RELATIONS[token.value]
        name = names.get(token.end, "")
        kept = found.get(relation)
        if kept is None or (name and not kept.name):
            found[relation] = ForWhom(relation=relation, words=token.words, name=name)
    return tuple(found.values())


def name_at(text: str, start: int, end: int) -> str:
    """The name that the unread stretch `text[start:end]` is, beside a relation; empty when it cannot be one."""
    words = text[start:end]
    fits = SHORTEST_NAME <= len(words) <= LONGEST_NAME and words[0] in FAMILY_NAMES
    return words if fits and all("\u4e00" <= sign <= "\u9fff" for sign in words) else ""
