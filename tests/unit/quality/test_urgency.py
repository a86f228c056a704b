"""刘教授下周不在 may be said when it is true (A2-103)."""

import pytest

from tests.unit.quality.spoken_case import TODAY, facts, found
from wxbot.quality.urgency import absences


@pytest.mark.parametrize(
    "text",
    [
        "周医生下周三不在",  # he never receives on Wednesdays
        "周明远医生这周五不在",  # a closure from 12 to 14 March
        "陈医生这周四休息",
        "顾医生周一不出诊",
        "周医生这周末外出开会",  # closed on Saturday and Sunday
        "林医生明天没有号",  # Tuesday
    ],
)
def test_what_the_schedule_bears_out_is_fine(text: str) -> None:
    assert found(text) == []
    assert [true for _, _, true in absences(text, facts().doctors, TODAY)] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "刘教授下周不在",  # nobody of that name receives here
        "陈医生下周不在，您抓紧",
        "周医生下周六不在",
        "林医生周三不在",
        "顾医生这个月都不在",
    ],
)
def test_what_it_does_not_is_stopped(text: str) -> None:
    assert ("block", "虚假紧迫") in found(text)


def test_a_true_absence_is_no_false_urgency_though_it_hurries() -> None:
    assert found("周医生这周五不在，您看要不抓紧周四来？") == []


def test_a_question_claims_nothing() -> None:
    assert found("您是说刘教授下周不在吗？") == []
