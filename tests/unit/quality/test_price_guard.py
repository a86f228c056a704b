"""Prices in a reply are those of the one price list, said while they are valid and by whom they may be said."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.quality.spoken_case import TODAY, check, context, facts, first, found
from wxbot.quality.facts import ClinicFacts, Price

FACE = Price(names=("面部轮廓", "轮廓"), low=6_800, high=12_800, words="6800–12800 元")


def only(**changes: object) -> ClinicFacts:
    return ClinicFacts(prices=(replace(FACE, **changes),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "轮廓6,800–12,800，以面诊为准",
        "轮廓一万二左右",
        "面部轮廓大概1.28万",
        "轮廓一般6800起",
        "轮廓要约30分钟",
        "轮廓的押金500元",
        "轮廓做两次一共20000元",
        "挂号费10元，轮廓6800起",
    ],
)
def test_what_is_on_the_list_may_be_said(text: str) -> None:
    assert found(text, clinic=only()) == []


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("轮廓5,000元就可以", "轮廓6800–12800 元（以面诊为准）就可以"),
        ("面部轮廓只要四千八", "面部轮廓只要6800–12800 元（以面诊为准）"),
        ("轮廓1.5万", "轮廓6800–12800 元（以面诊为准）"),
        ("5000块做轮廓", "6800–12800 元（以面诊为准）做轮廓"),
        ("轮廓给您便宜500元", "面部轮廓的参考价格是 6800–12800 元，以面诊为准。"),
    ],
)
def test_what_is_not_on_it_is_stopped_with_the_list_beside_it(text: str, better: str) -> None:
    assert ("block", "私自许价") in found(text, clinic=only())
    finding = next(each for each in check().findings(text, context(clinic=only())) if each.label == "私自许价")
    assert finding.applied(text) == better


def test_an_amount_without_a_name_is_about_what_the_patient_asked() -> None:
    assert found("5000元", clinic=only(), patient_words=("轮廓多少钱",)) == [("block", "私自许价")]
    assert found("5000元", clinic=only(), patient_words=("停车多少钱",)) == []


def test_a_price_that_has_ended_is_not_said_any_more() -> None:
    valid, over = only(until=TODAY), only(until=TODAY - timedelta(days=1))
    assert found("轮廓8000元", clinic=valid) == []
    assert found("轮廓8000元", clinic=over) == [("block", "私自许价")]


def test_only_those_may_say_it_who_may() -> None:
    lead = only(said_by=("manager",), said_by_words="主管")
    assert found("轮廓8000元", clinic=lead, role="manager") == []
    assert found("轮廓8000元", clinic=lead, role="reception") == [("block", "私自许价")]
    assert "由主管来说" in first("轮廓8000元", clinic=lead, role="reception").reason


def test_a_visit_type_without_a_price_has_none_to_be_promised() -> None:
    assert found("轮廓8000元", clinic=only(low=None, high=None)) == [("warn", "私自许价")]


def test_the_phrase_of_the_article_is_stopped() -> None:
    """A3-08."""
    assert ("block", "私自许价") in found("我帮您申请应该没有问题")


def test_the_clinics_own_list_is_read() -> None:
    assert {each.names[0] for each in facts().prices} >= {"洁牙", "智齿拔除"}
    assert found("洗牙99元") == [("block", "私自许价")]
    assert found("洗牙180到320元") == []
