"""What patients tell of themselves: names and birthdays."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wxbot.patients.birthdays import born_on
from wxbot.patients.names import clean_name
from wxbot.understanding.message import normalise
from wxbot.understanding.own_details import OwnDetails, find_own_details

TODAY = date(2026, 11, 20)
SIGNS = "我叫是姓名字生日张三欧阳明月〇李想约洗牙你什么吗不90年5月12农历初八,。 ·先生女士的阿依古丽Anna"


def told(words: str, asked: str = "") -> OwnDetails | None:
    return find_own_details(normalise(words), TODAY, asked)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("我叫張麗華", "張麗華"),
        ("我叫Anna Smith", "Anna Smith"),
        ("我叫阿依古丽•买买提", "阿依古丽·买买提"),
        ("姓名 热依汗·阿不都拉", "热依汗·阿不都拉"),
        ("我叫王○", "王〇"),
        ("我是张建来", "张建来"),
        ("我姓刘单名一个洋字", "刘洋"),
        ("我叫刘洋 女", "刘洋"),
    ],
)
def test_a_name_is_kept_as_it_was_written(words: str, name: str) -> None:
    details = told(words)
    assert details is not None
    assert details.name == name


@pytest.mark.parametrize("words", ["免贵姓张", "我姓欧阳", "我是李女士"])
def test_a_family_name_alone_is_told_apart(words: str) -> None:
    details = told(words)
    assert details is not None
    assert (details.name, bool(details.family_name), details.about_name) == (None, True, True)


@pytest.mark.parametrize(
    ("words", "alone"), [("我叫刘涛，谢谢", True), ("我叫刘涛，电话13800138000", True), ("我叫刘涛，牙疼", False)]
)
def test_whether_the_message_says_more(words: str, alone: bool) -> None:
    details = told(words)
    assert details is not None
    assert (details.name, details.alone) == ("刘涛", alone)


@pytest.mark.parametrize("words", ["1990年5月12日", "农历1990年八月十五"])
def test_a_date_of_long_ago_is_a_birthday_by_itself(words: str) -> None:
    details = told(words)
    assert details is not None
    assert details.birthday is not None


@pytest.mark.parametrize("words", ["2026年12月5日", "2024年3月5日", "2024年3月5日拔的牙", "20261205", "12月5日"])
def test_a_date_that_may_be_a_visit_is_none(words: str) -> None:
    assert told(words) is None


@pytest.mark.parametrize("asked", ["", "name", "birthday"])
def test_a_long_text_is_a_story(asked: str) -> None:
    assert told("我叫张三。" + "我的牙" * 100, asked) is None


@settings(max_examples=400, deadline=None)
@given(words=st.text(alphabet=SIGNS, max_size=18), asked=st.sampled_from(["", "name", "birthday"]))
def test_what_is_found_can_be_kept_and_a_question_gives_nothing(words: str, asked: str) -> None:
    details = told(words, asked)
    assert told(words, asked) == details
    if details is None:
        return
    assert details.name is None or clean_name(details.name) == details.name
    assert details.birthday is None or born_on(details.birthday) <= TODAY
    assert not any(sign in words for sign in ("什么", "吗", "你"))


@pytest.mark.parametrize("words", ["黄芪", "陈皮", "温泉", "黄瓜", "白米饭", "马蹄糕", "金银花", "张家口", "王总"])
def test_food_drugs_and_places_are_no_answer_to_the_question_for_a_name(words: str) -> None:
    details = told(words, "name")
    assert details is None or details.name is None


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("我叫叶问", "叶问"),
        ("何仙姑", "何仙姑"),
        ("陈招弟", "陈招弟"),
        ("弓长张，张弛", "张弛"),
        ("范冰冰，女，38", "范冰冰"),
        ("姓名写错了，是刘畅不是刘唱", "刘畅"),
    ],
)
def test_a_name_with_a_sign_of_another_word_is_kept(words: str, name: str) -> None:
    details = told(words, "name")
    assert details is not None
    assert details.name == name


def test_eight_digits_that_are_no_day_are_an_unread_birthday() -> None:
    details = told("19920230", "birthday")
    assert details is not None
    assert details.unread_birthday
