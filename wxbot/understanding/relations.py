"""Whose visit it is: 帮我妈约, 给孩子, 我自己, 帮我女儿王小雨."""

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
