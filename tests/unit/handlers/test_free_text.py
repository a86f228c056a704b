"""Sentences where others write a word."""

import pytest

from handlers.free_text import gives_thanks


@pytest.mark.parametrize(
    "text",
    [
        "谢谢你们的关心[玫瑰]",
        "好的，谢谢您！",
        "非常感谢😊",
        "谢谢提醒",
        "太感谢了",
        "谢谢医生",
        "多谢啦～",
        "收到，谢谢",
        "谢谢大家的祝福🎂🎂",
    ],
)
def test_thanks_are_understood(text: str) -> None:
    assert gives_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "预约要多少钱",
        "需要预约吗",
        "不想预约了",
        "没有预约可以直接来吗",
        "谢谢，不过伤口还是很疼",
        "感谢信怎么写",
        "牙疼",
        "上次约的什么时候换药",
        "约好的复诊前我的伤口出血",
        "想约医生看看，肿得厉害",
        "预约的时候没说会这么疼",
        "上次预约洁牙以后一直出血",
        "预约成功了",
        "约",
        "",
        "😀",
        "我昨天预约了一个号但是今天早上起来发现牙又不疼了所以想问一下还需不需要过去",
    ],
)
def test_other_sentences_are_left_alone(text: str) -> None:
    assert not gives_thanks(text)
