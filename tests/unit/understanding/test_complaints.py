"""Complaints, told by the shipped rules; and what only mentions one."""

import pytest

from tests.corpus.dangers import shipped_complaints
from wxbot.understanding.complaints import find_complaint
from wxbot.understanding.message import normalise


@pytest.mark.parametrize(
    "words",
    [
        "我要投诉",
        "投诉你们前台",
        "我要投訴！！",
        "太差劲了要去12315",
        "我去消协告你们",
        "你们这是骗子",
        "黑店 乱收费",
        "必须给我退款，不然我去曝光",
        "马上退钱",
        "不退钱我就发到小红书曝光",
        "给个差评",
        "态度太恶劣了",
        "你们医生太不负责任了",
        "做坏了谁来负责",
        "拔错牙了给我一个说法",
        "这是医疗事故",
        "再也不来你们家了",
        "服务态度很差",
        "让我等了两个小时，太过分了",
        "我已经报警了，要起诉你们",
    ],
)
def test_a_complaint_is_heard(words: str) -> None:
    assert find_complaint(normalise(words), shipped_complaints())


@pytest.mark.parametrize(
    "words",
    [
        "不投诉，就是问问",
        "周医生是不是出差了",
        "你们医生有时差吗",
        "我不是来投诉的",
        "怎么退款",
        "可以退款吗",
        "退款几天到账",
        "想约明天下午洗牙",
        "我的牙齿很差",
        "差不多三点到",
        "没让我失望，谢谢",
        "之前那家太坑了，想来你们这看看",
        "态度很好，谢谢医生",
        "怕被坑，你们价格透明吗",
        "垃圾桶在哪",
        "网上看到你们的广告",
        "告诉我一下地址",
        "皮肤状态很差怎么办",
        "扔垃圾的地方在哪",
        "再发我就投诉了",
        "中途不做了退不退费",
    ],
)
def test_what_only_mentions_one_is_none(words: str) -> None:
    assert find_complaint(normalise(words), shipped_complaints()) == ()


def test_the_rule_names_itself() -> None:
    (evidence,) = find_complaint(normalise("我要投诉"), shipped_complaints())
    assert (evidence.rule, evidence.words) == ("complaint.said", "投诉")
