"""The demo's patients. Names are invented and drawn by chance; the telephone numbers' block is not given out."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

FIRST_PHONE = 19_900_000_100  # + the person's number
REGISTERED = 115  # on the clinic's old list, which a colleague imports
NEWCOMERS = 75  # who meet the clinic by WeChat
UNRECORDED = 8  # who follow the account, perhaps say hello, and leave no name
ON_WECHAT = 0.7  # of the people of the old list
YOUNGEST, OLDEST = 8, 84  # years
ADULT = 18  # years
LUNAR_EVERY = 17  # one person in so many gives the birthday in the lunar calendar
NEAR_BIRTHDAY_EVERY = 9  # one in so many has a birthday in the fortnight or soon after it
NEAR_BIRTHDAY_DAYS = 17

_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余杜叶程魏苏吕丁任沈姚卢姜崔"
_FEMALE = (
    *("晓燕", "雨桐", "佳宁", "若曦", "思琪", "欣怡", "静怡", "雅婷", "梦洁", "诗涵", "丽娟", "海燕", "春梅", "秀珍"),
    *("玉兰", "慧心", "可馨", "语桐", "子萱", "芷安", "明霞", "文静", "晓彤", "采薇", "书瑶", "婉清", "月华", "亦舟"),
)
_MALE = (
    *("浩然", "思远", "明哲", "志强", "建国", "子轩", "宇航", "俊朗", "文博", "嘉树", "国栋", "永康", "天佑", "泽宇"),
    *("晨阳", "家栋", "向东", "学军", "振华", "立新", "鹏飞", "少杰", "景行", "云帆", "博文", "一凡", "伟民", "乐天"),
)
OLD_PATIENT = "老患者"
_TAGS = ("正畸", "激光", "种植", "牙周", "儿童", "会员", "需陪同")
_NOTES = (
    "怕疼，请轻一点",
    "对青霉素过敏，用药前请再问一次",
    "平时只有周末有空",
    "由女儿陪同，请同时告知家属",
    "听力不太好，请说慢一点",
    "上次候诊较久，请尽量准时",
    "喜欢先看费用清单再决定",
    "孕期，拍片前请医生确认",
)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who is, or becomes, a patient. `birthday` as people write it; `visit` is booked `days` from today."""

    number: int
    name: str
    gender: str
    birthday: str
    tags: Sequence[str] = ()
    note: str = ""
    wechat: bool = False
    visit: str = ""
    days: int = 0

    @property
    def record_number(self) -> str:
        """病历号, e.g. D0012."""
        return f"D{self.number:04d}"

    @property
    def phone(self) -> str:
        """Eleven digits nobody can be called at."""
        return str(FIRST_PHONE + self.number)

    @property
    def openid(self) -> str:
        """28 characters, as the platform makes them."""
        return f"oDemo{self.number:023d}"


# The first ten are looked for by people who try things out: two of one name, a long one, a leap day, a lunar birthday.
KNOWN = (
    Person(number=1, name="林小雨", gender="female", birthday="1990-11-26", tags=("老患者",), visit="cleaning", days=1),
    Person(
        number=2,
        name="周建国",
        gender="male",
        birthday="1958-03-02",
        tags=("需陪同",),
        note="听力不太好，请说慢一点",
        visit="checkup",
        days=1,
    ),
    Person(
        number=3,
        name="欧阳晓燕",
        gender="female",
        birthday="1987-07-19",
        tags=("老患者", "激光"),
        wechat=True,
        visit="laser_spots",
        days=2,
    ),
    Person(
        number=4, name="王芳", gender="female", birthday="1995-12-08", tags=("正畸",), visit="braces_advice", days=1
    ),
    Person(
        number=5,
        name="王芳",
        gender="female",
        birthday="1979-05-30",
        tags=("老患者",),
        note="与另一位王芳同名，请核对手机尾号",
    ),
    Person(number=6, name="陈志强", gender="male", birthday="农历1966年八月十五", visit="wisdom_tooth", days=3),
    Person(
        number=7,
        name="阿依古丽·买买提",
        gender="female",
        birthday="1992-02-29",
        tags=("正畸",),
        visit="follow_up",
        days=1,
    ),
    Person(number=8, name="赵一鸣", gender="male", birthday="2001-11-30", wechat=True, visit="cleaning", days=0),
    Person(number=9, name="孙丽华", gender="female", birthday="1983-12-21", tags=("激光",), wechat=True),
    Person(
        number=10,
        name="何家宝",
        gender="male",
        birthday="2018-06-01",
        tags=("儿童",),
        note="由妈妈陪同",
        visit="checkup",
        days=2,
    ),
)


@dataclass(frozen=True, kw_only=True)
class People:
    """Everybody in the demo. No two of them have the same name but for the two 王芳."""

    known: Sequence[Person]  # recorded by reception
    registered: Sequence[Person]  # imported from the old list
    newcomers: Sequence[Person]
    unrecorded: Sequence[Person]


def invented(today: date, chance: random.Random) -> People:
    """The same people for the same `chance`; birthdays lie around `today` for some of them."""
    taken = {person.name for person in KNOWN}
    women = [family + given for family, given in product(_FAMILY, _FEMALE) if family + given not in taken]
    men = [family + given for family, given in product(_FAMILY, _MALE) if family + given not in taken]
    chance.shuffle(women)
    chance.shuffle(men)
    everybody = []
    for number in range(len(KNOWN) + 1, len(KNOWN) + REGISTERED + NEWCOMERS + UNRECORDED + 1):
        female = chance.random() < 0.6  # noqa: PLR2004 - women go to clinics of this kind more often
        wechat = number > len(KNOWN) + REGISTERED or chance.random() < ON_WECHAT
        everybody.append(
            Person(
                number=number,
                name=(women if female else men).pop(),
                gender="female" if female else "male",
                birthday=_birthday(number, today, ADULT if wechat else YOUNGEST, chance),
                tags=_tags(chance, registered=number <= len(KNOWN) + REGISTERED),
                wechat=wechat,
                note=chance.choice(_NOTES) if chance.random() < 0.2 else "",  # noqa: PLR2004 - a note is not the rule
            )
        )
    return People(
        known=KNOWN,
        registered=everybody[:REGISTERED],
        newcomers=everybody[REGISTERED : REGISTERED + NEWCOMERS],
        unrecorded=everybody[REGISTERED + NEWCOMERS :],
    )


def _tags(chance: random.Random, *, registered: bool) -> tuple[str, ...]:
    old = (OLD_PATIENT,) if registered and chance.random() < 0.5 else ()  # noqa: PLR2004 - half of the old list
    return (*old, *sorted(chance.sample(_TAGS, chance.choice((0, 0, 1, 1, 2)))))


def _birthday(number: int, today: date, youngest: int, chance: random.Random) -> str:
    if number % NEAR_BIRTHDAY_EVERY == 0:
        day = today + timedelta(days=3 - chance.randrange(NEAR_BIRTHDAY_DAYS))
        return f"{today.year - chance.randint(ADULT, OLDEST)}-{day.month:02d}-{min(day.day, 28):02d}"
    year, month, day_of_month = (
        today.year - chance.randint(youngest, OLDEST),
        chance.randint(1, 12),
        chance.randint(1, 28),
    )
    if number % LUNAR_EVERY == 0:
        return f"农历{year}年{month}月{day_of_month}日"
    return f"{year}-{month:02d}-{day_of_month:02d}"
