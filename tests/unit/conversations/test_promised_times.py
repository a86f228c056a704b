"""When a sentence of ours promises an answer, and which sentences promise nothing."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.processor_time import no_longer_than
from wxbot.conversations.escalation.promised_times import promised_by

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 10, 20, tzinfo=ZONE)  # a Monday morning


def due(text: str, now: datetime = NOW) -> str:
    found = promised_by(text, now.astimezone(UTC), ZONE)
    return "" if found is None else f"{found.astimezone(ZONE):%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我会在下午三点前回复您", "11-23 15:00"),
        ("我问过医生，下午3点前给您答复。", "11-23 15:00"),
        ("下午三点之前，我一定回复您", "11-23 15:00"),
        ("三点前回复您", "11-23 15:00"),
        ("15:30前给您回电", "11-23 15:30"),
        ("半小时内给您回复", "11-23 10:50"),
        ("30分钟内联系您", "11-23 10:50"),
        ("一个半小时后给您打电话", "11-23 11:50"),
        ("10分钟左右给您回话", "11-23 10:30"),
        ("明天上午给您答复", "11-24 12:00"),
        ("明天给您答复", "11-24 18:00"),
        ("明天下午三点给您打电话", "11-24 15:00"),
        ("明天三点给您打电话", "11-24 15:00"),
        ("周五前把方案发给您", "11-27 18:00"),
        ("今天下班前给您回复", "11-23 18:00"),
        ("今天之内给您消息", "11-23 18:00"),
        ("今晚给您回复", "11-23 21:00"),
        ("3个工作日内给您反馈", "11-26 18:00"),
        ("两天内给您结果", "11-25 18:00"),
        ("下午两点到四点之间给您打电话", "11-23 16:00"),
        ("三点以后给您回电", "11-23 16:00"),
        ("稍后回复您", "11-23 10:50"),
        ("我查一下病历，稍后给您答复，请您放心", "11-23 10:50"),
        ("好的，我尽快联系您", "11-23 10:50"),
        ("陈医生下午出诊，我请他看过片子，五点前把结果告诉您，可以吗？", "11-23 17:00"),
        ("不好意思让您久等了。我半小时内给您回复！", "11-23 10:50"),
        ("半小時內給您回覆", "11-23 10:50"),
    ],
)
def test_a_promise_says_when_it_is_due(text: str, expected: str) -> None:
    assert due(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "好的，谢谢您",
        "您好，请问有什么可以帮您？",
        "几点给您回电方便？",
        "明天上午给您打电话可以吗？",
        "您什么时候方便，我们给您打电话？",
        "如果明天有空位我会通知您",
        "不能保证今天回复您",
        "今天没法给您答复",
        "刚才给您打过电话",
        "昨天已经回复您了",
        "请您明天上午回复我们",
        "您明天回复我就可以",
        "麻烦您下午三点前联系我们",
        "明天下午三点陈医生有空",
        "给您预约了周五上午九点",
        "手术后半小时内请不要进食",
        "请稍等，我查一下",
        "我会回复您",
        "费用清单已经发给您了",
        "术后两天内会有些肿，属于正常",
        "有需要随时联系我们",
    ],
)
def test_what_promises_no_answer_starts_no_clock(text: str) -> None:
    assert due(text) == ""


def test_an_hour_gone_by_is_the_next_one_to_come() -> None:
    evening = NOW.replace(hour=19)
    assert due("下午三点前回复您", evening) == "11-24 15:00"
    assert due("今天之内给您消息", evening) == "11-23 23:59"
    assert due("今天上午给您消息", evening) == "11-23 23:59"
    assert due("八点前回复您", evening) == "11-23 20:00"


def test_of_two_promises_the_earlier_counts() -> None:
    assert due("半小时内给您回电，明天再把方案发给您") == "11-23 10:50"


def test_what_later_means_is_for_the_clinic_to_say() -> None:
    found = promised_by("稍后回复您", NOW, ZONE, vague=timedelta(hours=2))
    assert found == NOW + timedelta(hours=2)


def test_no_text_takes_long() -> None:
    for text in ("明天给您答复，" * 300, "给您" * 3000, "半小时" * 3000, "下午三点前回复您。" * 500):
        with no_longer_than(2.0):
            promised_by(text, NOW, ZONE)
