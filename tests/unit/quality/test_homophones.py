"""Words of the clinic with other characters of the same sound, and ordinary words that only sound like them."""

from dataclasses import replace

import pytest

from tests.unit.quality.spoken_case import check, context, facts, found, shipped
from wxbot.quality.facts import ClinicFacts, Confusion, Price
from wxbot.quality.homophones import Homophones

UROLOGY = ClinicFacts(prices=(Price(names=("包皮手术", "包皮"), low=None, high=None, words="面诊后告诉您"),))


def better(text: str, **more: object) -> str:
    for each in check().findings(text, context(**more)):
        if each.label == "错字":
            return each.applied(text)
    return text


def test_what_the_input_method_remembered_is_told_by_the_clinics_own_words() -> None:
    """A0-22: BP is 包皮 for a clinic that treats it, 报批 for one that does not."""
    assert better("报批手术大约半小时", clinic=UROLOGY) == "包皮手术大约半小时"
    assert better("做报批的话要先检查", clinic=UROLOGY) == "做包皮的话要先检查"
    assert better("这个优惠要先包皮", clinic=facts()) == "这个优惠要先报批"
    assert found("这个价格要报批", clinic=UROLOGY) == []
    assert found("手术的费用要报批", clinic=facts()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("洁芽的话三十分钟", "洁牙的话三十分钟"),
        ("您预约的是智齿拔处。", "您预约的是智齿拔除。"),
        ("要约服诊吗", "要约复诊吗"),
        ("激光去斑做三次", "激光祛斑做三次"),
        ("正基咨询免费", "正畸咨询免费"),
        ("陈晓情医生在", "陈晓晴医生在"),
        ("支持横着长的话要拔", "智齿横着长的话要拔"),
    ],
)
def test_a_slip_is_told_with_the_right_word(text: str, expected: str) -> None:
    assert better(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "这里是皮肤诊所",
        "请注意保暖",
        "我去办一下手续",
        "谢谢您的支持",
        "把牙刷带来",
        "支付查询在菜单里",
        "周医生不出诊",
        "您先解压一下文件",
        "建议您先来看看",
        "医保和衣包都带上",
    ],
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert [label for _, label in found(text) if label == "错字"] == []


def test_without_words_nothing_is_found() -> None:
    assert list(Homophones(()).findings("报批手术")) == []


def test_a_confusion_away_from_the_clinics_word_is_not_told() -> None:
    general = Confusion(right="报批", wrong=("包皮",), term=False)
    assert [each.replacement for each in Homophones((), [general]).findings("包皮")] == ["报批"]
    assert list(Homophones(("包皮",), [general]).findings("包皮")) == []
    term = replace(general, right="包皮", wrong=("报批",), term=True)
    assert list(Homophones((), [term]).findings("报批")) == []


def test_the_shipped_words_hold_no_confusion_of_their_own() -> None:
    words = set(shipped().spoken.words)
    assert [each.wrong for each in shipped().spoken.confusions if words & set(each.wrong)] == []
