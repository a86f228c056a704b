"""Where in a patient's words their name stands, and whether it is one.

After words that announce a name (我叫, 姓名是) most things are names; without them only what begins with a family name,
is as short as a name and is no word of a conversation.
"""

import re
from dataclasses import dataclass, replace

from wxbot.understanding.family_names import NEVER, NEVER_DOTTED, NEVER_LAST, SOUNDS, TITLES, WORDS, family_name

_HAN = "[\u3400-\u9fff\U00020000-\U0003ffff〇]"
_LETTER = "[a-zß-öø-ɏ]"
_OUT = f"(?!{_HAN}|{_LETTER}|[·•.]{_HAN})"
_PARTICLE = "[啊呀哦哈的吧](?=$|[,.!?~ ])"
LONGEST_ANNOUNCED = 6  # signs of a name without a dot that 我叫 announces
LONGEST_BARE = 4
LONGEST_USUAL = 3
SHORTEST = 2
LONGEST_RUN = 40

_COURTESY = (
    "你好|您好|哈喽|嗨|早上好|上午好|下午好|晚上好|医生|老师|大夫|护士|嗯|哦|好的?|是的|对|那个|这个|那|就是|呃|额|我(?=我)"
    "|麻烦|请|帮我|登记|一下"
)
_START = f"(?:^|(?<=[,.!?~:; ]))(?:(?:{_COURTESY})[,! ]?)*+"
_NAME_WORD = "(?:姓名|名字|大名|全名|真名)"
_WHO = "(?:我|俺|本人|鄙人|在下|患者|病人|就诊人)"
_IS = "(?:改成|改为|更正为|应该是|写成?(?!错)|填(?!错)|换成|就?是|叫做?|为|[: ,])"
_ANNOUNCED = "|".join(
    (
        f"{_WHO}(?:的?(?:真实|中文|全)?(?:{_NAME_WORD}|名))?(?:就|现在|以后)?(?:叫做?|名叫|改名叫?)[:, ]{{0,2}}",
        f"(?:我的?|本人的?|患者|病人|就诊人|真实)?(?:{_NAME_WORD}|名){_IS}[:, ]{{0,2}}(?:我?叫)?",
        f"(?:把|将)?(?:我的?)?{_NAME_WORD}(?:改成|改为|更正为|换成)",
        f"(?:我的?)?{_NAME_WORD}(?:不对|错了|写错了?|登错了?|登记错了?)[, ]?(?:应该)?(?:是|叫)",
        "(?:以后|就)?叫我",
    )
)
_WEAK = f"(?:我的?|本人)?{_NAME_WORD}|(?:我|本人)(?:就)?是|本人|患者|就诊人|病人|叫(?!号|车|花|单|全)"
_FAMILY = "(?:我|本人|免贵|敝|小)?姓(?!名)[:, ]{0,2}"
_SAYS = re.compile(f"{_START}(?:(?P<announced>{_ANNOUNCED})|(?P<weak>{_WEAK})|(?P<family>{_FAMILY}))")
_HAN_RUN = re.compile(rf"{_HAN}{{1,{LONGEST_RUN}}}")
_DOTTED = re.compile(rf"{_HAN}{{1,12}}(?:[·•・‧∙⋅᛫●]{_HAN}{{1,12}}){{1,3}}")
_SOUNDS_DOTTED = re.compile(f"[{''.join(sorted(SOUNDS))}]{{2,8}}(?:[. ][{''.join(sorted(SOUNDS))}]{{2,8}}){{1,3}}")
_LATIN = re.compile(rf"{_LETTER}[{_LETTER[1:-1]}.'’-]*+(?: {_LETTER}[{_LETTER[1:-1]}.'’-]*+){{0,3}}")
_LEAD = re.compile(_START + "(?:(?:就)?是|叫)?[ :]?")
_MORE_NAME = re.compile(r"[,. ]{0,2}(?:(?P<named>单?名(?:字?叫|字|一个)?|单字(?:一个)?)|我?叫|全名)?[, ]?(?<!姓)")
_GIVEN = re.compile(rf"{_HAN}{{1,2}}?(?=字?(?:{_OUT}|{_PARTICLE}))")
_TITLED = re.compile(f"(?P<name>.{{1,4}}?)(?P<title>{'|'.join(TITLES[:8])})")
_SPACED = re.compile(rf"{_HAN}{{1,2}}(?: (?![男女](?!{_HAN})){_HAN}{{1,2}}){{1,3}}(?=$|[,.!?~])")
_AFTER = re.compile(  # what may follow a name directly
    "|".join(
        (
            _OUT,
            _PARTICLE,
            f"[男女](?!{_HAN})",
            "不是|想|要|约|预约|挂号|今年|生日|出生|生于|电话|手机|联系|是|来|在|我|身份证|就[行好]|可以|能不能|谢谢|多谢",
            "今天|今早|明天|后天|上次|昨|前天|上周|下周|这周|周[一二三四五六日天]|星期|上午|下午|早上|晚上",
            "属[鼠牛虎兔龙蛇马羊猴鸡狗猪]|一九|二[〇零]|[〇零一二三四五六七八九]{2}年|农历|阴历|阳历|公历|正月|腊月",
            "你好|您好|麻烦|请|帮|洗牙|拔牙|复诊|取消|改",
        )
    )
)
_END = re.compile(f"{_OUT}|{_PARTICLE}|[男女](?!{_HAN})|就[行好]|谢谢|生日|出生|电话|手机")
_WEEKDAY = re.compile("周[一二三四五六日天末](?:$|[上下早中晚到或和都全行好来去有改午前后内起])")  # 周一鸣 is a name
_CALLED = re.compile(  # 我叫车, 姓名是必填: something else is called, or told of the name
    "人(?:来|过|$)|车|外卖|[号救滴快保](?:护|滴|洁|安|$)|[必真假艺实英错填登改正](?:填|名|文|误|确|错|字|$)|小名|大家|代驾|个"
)
_NO_LATIN_NAMES = frozenset(
    """
    hi hello hey ok okay yes no not thanks thank you your i me my am
    is are was the a an what how why when where who which can could do
    does did want need book booking price cost please help stop td hf test price tooth
    teeth pain hurt open close free today tomorrow monday tuesday wednesday thursday friday saturday sunday am
    pm wifi app vip wechat qq null none undefined script select http https www com about
    for from with at in on of to and or it this that good morning evening
    bye sorry appointment cancel doctor dentist clinic hours time have has there here
    """.split()  # noqa: SIM905 - a list of so many strings cannot be read
)


@dataclass(frozen=True)
class NamePlace:
    """A name at `[start:end]`, in a saying `[said_from:said_until]` (我叫张三, 李女士).

    `only_family`: nothing but a family name (我姓欧阳). `family`: where it stands when it is apart (我姓张名伟).
    """

    start: int
    end: int
    said_from: int
    said_until: int
    only_family: bool = False
    family: tuple[int, int] | None = None
    announced: bool = True


def announced_name(text: str) -> NamePlace | None:
    """The name that words like 我叫, 姓名, 免贵姓 announce, in folded text."""
    for said in _SAYS.finditer(text):
        at = said.end()
        while at < len(text) and text[at] == " ":
            at += 1
        if said["family"] is not None:
            place = _after_family_word(text, at)
        else:
            place = _name_at(text, at, announced=said["announced"] is not None or at > said.end())
        if place is not None:
            return replace(place, said_from=said.start())
    return _sounds(text, 0)


def bare_name(text: str) -> NamePlace | None:
    """A name that stands at the beginning, as an answer to the question for it: 张三, 是张三, 张先生, 张."""
    lead = _LEAD.match(text)
    at = lead.end() if lead is not None else 0
    place = _name_at(text, at, announced=False, asked=True)
    if place is not None:
        return replace(place, said_from=0, announced=False)
    family = family_name(text[at : at + 2])
    end = at + len(family)
    only = family and _END.match(text, end)
    return NamePlace(at, end, 0, end, only_family=True, announced=False) if only else None


def _after_family_word(text: str, at: int) -> NamePlace | None:
    """免贵姓张; 我姓张名伟; 免贵姓张,张伟; 我姓张,叫我小张."""
    family = family_name(text[at : at + 2])
    if not family:
        return None
    end = at + len(family)
    more = _MORE_NAME.match(text, end)
    if more is not None:
        place = _name_at(text, more.end(), announced=False)
        if place is not None and text[place.start : place.end].startswith(family):
            return place
        given = _GIVEN.match(text, more.end()) if more["named"] else None
        if given is not None:
            return NamePlace(given.start(), given.end(), at, given.end(), family=(at, end))
    whole = _name_at(text, at, announced=False)
    if whole is not None:
        return whole
    return NamePlace(at, end, at, end, only_family=True) if _AFTER.match(text, end) else None


def _sounds(text: str, at: int) -> NamePlace | None:
    """阿依古丽·买买提: a name of two parts, whatever stands before it."""
    found = _SOUNDS_DOTTED.match(text, at)
    return None if found is None else NamePlace(at, found.end(), at, found.end())


def _name_at(text: str, at: int, *, announced: bool, asked: bool = False) -> NamePlace | None:
    """A name that begins there and ends where a name may end."""
    dotted = _DOTTED.match(text, at)
    if dotted is not None and not NEVER_DOTTED & set(dotted[0]):
        return NamePlace(at, dotted.end(), at, dotted.end())
    spaced = _SPACED.match(text, at) if announced or asked else None
    if spaced is not None and _plausible(spaced[0].replace(" ", ""), announced=False):
        return NamePlace(at, spaced.end(), at, spaced.end())
    latin = _LATIN.match(text, at)
    if latin is not None:
        return _latin(text, latin, announced=announced)
    run = _HAN_RUN.match(text, at)
    return _sounds(text, at) or (_titled(text, run) or _shortest(text, run, announced=announced) if run else None)


def _shortest(text: str, run: re.Match[str], *, announced: bool) -> NamePlace | None:
    """The shortest name that what follows allows: 李明 of 李明想约明天."""
    at = run.start()
    ends = _AFTER if announced else _END
    if len(run[0]) <= LONGEST_USUAL and _END.match(text, run.end()) and _usual(run[0], announced=announced):
        return NamePlace(at, run.end(), at, run.end())  # 张建来: what may follow a name may also be a part of it
    for length in range(SHORTEST, min(len(run[0]), LONGEST_ANNOUNCED if announced else LONGEST_BARE) + 1):
        words = run[0][:length]
        known = bool(family_name(words)) or set(words) <= SOUNDS
        if (ends if known else _END).match(text, at + length) and _plausible(words, announced=announced):
            return NamePlace(at, at + length, at, at + length)
    return None


def _usual(words: str, *, announced: bool) -> bool:
    return bool(family_name(words)) and len(words) > SHORTEST and _plausible(words, announced=announced)


def _plausible(words: str, *, announced: bool) -> bool:
    """Whether the words can be a whole name."""
    if (
        NEVER & set(words[:1] + words[1:].removesuffix("问") if announced else words)
        or _CALLED.match(words)
        or words.endswith(TITLES)
    ):
        return False
    if not announced and (words[:2] in WORDS or words[:3] in WORDS or _WEEKDAY.match(words)):
        return False
    if not announced and words[-1] in NEVER_LAST and words[-2:-1] != words[-1]:
        return False
    family = family_name(words)
    given = len(words) - len(family)
    if family and (given in {1, 2} or (given == 3 and family_name(words[len(family) :]))):  # noqa: PLR2004 - 陈李佳慧
        return True
    return announced or (set(words) <= SOUNDS and len(words) > SHORTEST)


def _titled(text: str, run: re.Match[str]) -> NamePlace | None:
    """张先生 is a family name only; 张伟先生 is 张伟; a doctor is somebody else."""
    found = _TITLED.match(run[0])
    family = "" if found is None else family_name(found["name"])
    if found is None or not family or _AFTER.match(text, run.start() + found.end()) is None:
        return None
    at, end = run.start(), run.start() + found.end("name")
    if found["name"] != family and not _plausible(found["name"], announced=False):
        return None
    return NamePlace(at, end, at, at + found.end(), only_family=found["name"] == family)


def _latin(text: str, found: re.Match[str], *, announced: bool) -> NamePlace | None:
    words = found[0].rstrip(" .'-")
    end = found.start() + len(words)
    if len(words) < SHORTEST or any(each.strip(".'’-") in _NO_LATIN_NAMES for each in words.split()):
        return None
    ends = _AFTER if announced else _END
    return NamePlace(found.start(), end, found.start(), end) if ends.match(text, end) else None
