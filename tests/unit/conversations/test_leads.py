"""What a talk has reached: 邀约, 留电, 留微; for whom somebody asks."""

from dataclasses import replace
from datetime import timedelta

import pytest

from config.content import load_content
from tests.unit.conversations.talks import OPENED, talk
from wxbot.conversations.closing.leads import Goal, asks_for, goal_bar, goals_of, phone_in, wechat_in
from wxbot.history.models import Direction, Kind
from wxbot.understanding.words import WordList, WordLists

LISTS = WordLists(tuple(WordList(**each.model_dump()) for each in load_content().words.lists))


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("我的电话13857042219", "13857042219"),
        ("138 5704 2219", "13857042219"),
        ("138-5704-2219，张", "13857042219"),
        ("＋８６１３８５７０４２２１９", "13857042219"),
        ("0571-88886666", "057188886666"),
        ("身份证330102199001011234", ""),
        ("订单号913857042219", ""),
        ("1385704221", ""),
        ("12345678901", ""),
        ("我1990年出生，3颗牙", ""),
    ],
)
def test_a_telephone_number_is_told_from_other_numbers(text: str, phone: str) -> None:
    assert phone_in(text) == phone


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("微信号：zhang_san88", "zhang_san88"),
        ("加我微信 xiaolin2020 吧", "xiaolin2020"),
        ("vx: abc-12345", "abc-12345"),
        ("我微信是lin_1234", "lin_1234"),
        ("13857042219 微信同号", "13857042219"),
        ("电话13857042219，就是微信", "13857042219"),
        ("微信支付可以吗", ""),
        ("我没有微信abcdefg", ""),
        ("wifi密码多少", ""),
        ("在微信上看到的", ""),
    ],
)
def test_a_wechat_id_is_told_from_talk_of_wechat(text: str, found: str) -> None:
    assert wechat_in(text) == found


def test_goals_are_reached_at_the_moment_of_their_line() -> None:
    lines = talk(
        ("p", "种牙多少钱"), ("a", "方便留个电话吗 13800000000"), ("p", "13857042219"), ("p", "微信同号13857042219")
    )
    booked = replace(lines[0], id="b", at=OPENED + timedelta(minutes=5), kind=Kind.APPOINTMENT_BOOKED)
    booked = replace(booked, direction=Direction.NONE, text="11月25日 10:00 种植")
    reached = goals_of([*lines, booked])
    assert {goal: each.line_id for goal, each in reached.items()} == {
        Goal.PHONE: "l2",
        Goal.WECHAT: "l3",
        Goal.INVITED: "b",
    }
    assert reached[Goal.PHONE].at == lines[2].at


def test_a_long_talk_without_a_goal_hints_and_one_out_of_scope_does_not() -> None:
    lines = talk(("p", "在吗"), ("a", "您好"), ("p", "随便聊聊"))
    later = OPENED + timedelta(minutes=16)
    assert not goal_bar(lines, OPENED + timedelta(minutes=5)).hint
    assert goal_bar(lines, later).hint
    assert goal_bar(lines, later).minutes == 15
    assert not goal_bar(lines, later, out_of_scope=True).hint
    assert not goal_bar([*lines, *talk(("p", "13857042219"))], later).hint


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("我替女朋友问一下，一侧输卵管切除了还能怀孕吗", "女朋友"),
        ("帮我老公咨询一下种牙", "老公"),
        ("给我妈看牙要带什么", "妈"),
        ("我老婆怀孕了能拔牙吗", "老婆"),
        ("我家孩子8岁牙疼", "孩子"),
        ("我老公说你们那里不错", ""),
        ("我牙疼", ""),
        ("和朋友一起来可以吗", ""),
    ],
)
def test_for_whom_somebody_asks_is_their_own_word(text: str, whom: str) -> None:
    assert asks_for(talk(("p", text)), LISTS) == whom


def test_who_waits_since_yesterday_is_not_said_to_have_talked_for_long() -> None:
    lines = talk(("p", "人工"), ("b", "我们在，稍后回复您。"), ("p", "牙套掉了怎么办"))
    bar = goal_bar(lines, OPENED + timedelta(hours=18))
    assert (bar.minutes, bar.turns, bar.hint) == (0, 2, "")
