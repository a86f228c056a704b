"""Name and birthday in every way people write them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from wxbot.errors import InvalidInputError
from wxbot.patients.birthday_words import parse_birthday
from wxbot.patients.birthdays import ADULT_ENOUGH_YEARS, age_on
from wxbot.patients.models import Birthday
from wxbot.patients.names import clean_name
from wxbot.understanding.message import MARKS, Message, simplified
from wxbot.understanding.numerals import NUMERALS
from wxbot.understanding.own_names import NamePlace, announced_name, bare_name

LONGEST = 120  # characters; a longer text is a story that may name anybody

_CALENDAR = r"(?:[(]?(?:农历|阴历|旧历|公历|阳历|新历|国历)[):]?)?"
_N = f"[{NUMERALS}]"
_MONTH = rf"闰?(?:\d{{1,2}}|{_N}{{1,3}}|[正元冬腊])月份?的?"
_DAY = rf"初?(?:\d{{1,2}}(?!\d)|{_N}{{1,3}})[日号]?"
_DATES = re.compile(
    rf"{_CALENDAR} ?(?:"
    rf"(?:(?<!\d)\d{{4}}年?|(?<!\d)\d{{2}}年|{_N}{{2,6}}年)[的, ]?{_CALENDAR} ?{_MONTH} ?{_DAY}"
    rf"|{_MONTH}初?(?:\d{{1,2}}[日号]|{_N}{{1,3}}[日号]?)[,的 (]{{0,2}}{_CALENDAR} ?"
    rf"(?:\d{{4}}年?|\d{{2}}年|{_N}{{2,6}}年)"
    r"|(?<!\d)\d{4}(?:[-/.~, ]{1,2})\d{1,2}(?:[-/.~, ]{1,2})\d{1,2}(?!\d)[日号]?"
    r"|(?<!\d)\d{2}(?P<mark>[-/.])\d{1,2}(?P=mark)\d{1,2}(?!\d)"
    r"|(?<!\d)(?:\d{8}|\d{6})(?!\d)"
    rf") ?{_CALENDAR}"
)
_UNREAD = re.compile(  # no birthday, and yet told as one: without a year, or no day of the calendar
    rf"[今明去后]年|(?<!\d)(?:19|20)\d{{6}}(?!\d)|\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|{_MONTH}{_DAY}|(?<!\d)\d{{1,2}}[-/.]\d{{1,2}}(?!\d)|{_N}{{2,4}}年|\d{{2,4}}年"
)
_SAYS_BIRTHDAY = re.compile("生日|出生|生于|生辰|[日号年]的?生(?!效)|生人|诞生")
_SOMEBODY_ELSE = re.compile(
    "[爸妈爹娘爷奶姥婆公哥姐弟妹叔姨姑舅嫂媳婿]|儿子|女儿|孩子|小孩|宝宝|宝贝|娃|闺女|[他她]|朋友|同事|同学|爱人|对象|太太|家人"
)
_OWN = re.compile(  # signs of relations within other words, and in names: 陈招弟
    "公历|公司|姑且|公元|公孙|(?<=[\u3400-\u9fff])(?<![我你他她家个的大小老])"
    "(?:[招来引盼带领爱兰凤红美秀玉]|仙(?=姑))[弟妹姑](?=$|[,.!? ])"
)
_ASKS = re.compile(
    "[?吗么呢]|什么|怎么|怎样|多少|几[号点月岁天时个]|哪|能不能|可不可以|可以[不没]"
    "|优惠|活动|打折|礼[物品券]|福利|祝福|快乐"
)
_COURTESIES = re.compile(
    "你好|您好|哈喽|嗨|早上好|上午好|下午好|晚上好|医生|老师|大夫|谢谢[你您]?|多谢|麻烦[你您]?了?|请|帮我?"
    "|登记|录入|更新|修改|更正|一下|记一下|我的?|本人|是|的|啊|呀|哦|哈|吧|嗯|好的?|对|男|女|性别|今年|就行|就好|可以"
    "|出生日期|出生年月日?|出生|生日|生于|生辰|生人|生|电话|手机号?|联系方式|号码|身份证|号|和|在|于|年龄|姓名|名字|叫|患者"
    "|就诊人|跟|还有|以及|分别|为"
)
_SPELLED = re.compile(
    r"[\u3400-\u9fff]{2,3}(?P<family>[\u3400-\u9fff])[,. ]{1,2}(?:我?叫)?(?=(?P=family)[\u3400-\u9fff])"
)
_NUMBERS = re.compile(
    r"1[3-9]\d{9}|\d{17}[\dx]|(?<=[男女])[, ]?\d{1,2}岁?(?!\d)|(?<!\d)\d{1,2}[, ]?(?=[男女])|\d{1,3}岁"
)
_ALL_APART = re.compile("[\u3400-\u9fff](?: [\u3400-\u9fff,。.]){3,}+")  # 我 叫 唐 晓
_HAN_ONLY = re.compile("[\u3400-\u9fff]++")
LONGEST_HAN = 4  # signs that people write with spaces between, as in 王 小 明
_DOT_FOR_SOUNDS = re.compile("(?<=[\u3400-\u9fff])[. ](?=[\u3400-\u9fff])")


@dataclass(frozen=True, kw_only=True)
class OwnDetails:
    """What the patient said about themselves; `alone` when the message says nothing else.

    `family_name` without `name`: only that was said (我姓欧阳). `unread_birthday`: they tell a birthday that is none,
    mostly for want of a year.
    """

    name: str | None = None
    birthday: Birthday | None = None
    family_name: str = ""
    unread_birthday: bool = False
    alone: bool = True

    @property
    def about_name(self) -> bool:
        """Whether a name, or a part of one, was told."""
        return self.name is not None or bool(self.family_name)


def find_own_details(message: Message, today: date, asked: str = "") -> OwnDetails | None:
    """A name or birthday in the words; `asked` is "name" or "birthday" when that question is open.

    Somebody else's (我女儿叫…) and a question for one (你叫什么) are none.
    """
    written = message.written or message.spaced
    if not written or len(written) > LONGEST:
        return None
    if _ALL_APART.fullmatch(written):
        written = written.replace(" ", "")
    folded = simplified(written).casefold().translate(MARKS)
    if len(folded) != len(written):
        written = folded
    if _ASKS.search(folded) or _SOMEBODY_ELSE.search(_OWN.sub("", folded)):
        return None
    if asked == "name" and (spelled := _SPELLED.match(folded)):
        written, folded = written[spelled.end() :], folded[spelled.end() :]  # 弓长张，张弛
    place = announced_name(folded)
    if place is None and asked == "name":
        place = bare_name(folded)
    name = None if place is None or place.only_family else _cleaned(_written_name(written, place))
    birthdays = list(_birthdays(folded, today))
    rest = _rest(folded, place, birthdays)
    told = asked == "birthday" or _SAYS_BIRTHDAY.search(folded) is not None
    without = _UNREAD.sub("", rest) if told and not birthdays else rest
    unread = without != rest
    alone = not any(sign.isalnum() for sign in without)
    if place is not None and not place.announced and not alone:
        place, name = None, None
    birthday = _only({each for _, _, each in birthdays})
    if birthday is not None and not told and name is None and not (alone and _long_ago(birthday, today)):
        birthday = None
    family = "" if place is None or not place.only_family else written[place.start : place.end]
    if name is None and birthday is None and not family and not (unread and alone):
        return None
    return OwnDetails(name=name, birthday=birthday, family_name=family, unread_birthday=unread, alone=alone)


def _written_name(written: str, place: NamePlace) -> str:
    family = "" if place.family is None else written[slice(*place.family)]
    return family + written[place.start : place.end]


def _only(birthdays: set[Birthday]) -> Birthday | None:
    """The one birthday that was named; two are none."""
    return next(iter(birthdays)) if len(birthdays) == 1 else None


def _long_ago(birthday: Birthday, today: date) -> bool:
    """A date with its year that nobody can want a visit for; a visit of some years ago is not told so."""
    return age_on(birthday, today) >= ADULT_ENOUGH_YEARS


def _birthdays(folded: str, today: date) -> Iterator[tuple[int, int, Birthday]]:
    for found in _DATES.finditer(folded):
        try:
            birthday = parse_birthday(found[0].replace("~", "-"), today)
        except InvalidInputError:
            continue
        yield found.start(), found.end(), birthday


def _rest(folded: str, place: NamePlace | None, birthdays: list[tuple[int, int, Birthday]]) -> str:
    """What is left when the name, the birthday, courtesies and telephone numbers are taken away."""
    signs = list(folded)
    spans = [(start, end) for start, end, _ in birthdays]
    if place is not None:
        spans.append((place.said_from, place.said_until))
        spans.append((place.start, place.end))
    for start, end in spans:
        signs[start:end] = [" "] * (end - start)
    return _COURTESIES.sub("", _NUMBERS.sub("", "".join(signs)))


def _cleaned(written: str) -> str | None:
    """The name as it was written, parts joined by one kind of dot; None when it cannot be one."""
    plain = written.strip(" .")
    bare = plain.replace(" ", "")
    plain = bare if len(bare) <= LONGEST_HAN and _HAN_ONLY.fullmatch(bare) else _DOT_FOR_SOUNDS.sub("·", plain)
    try:
        return clean_name(plain)
    except InvalidInputError:
        return None
