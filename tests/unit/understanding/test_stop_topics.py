"""Which kinds of messages a stop is about, in patients' words."""

import pytest

from tests.unit.understanding.test_consents import CONTEXT
from wxbot.patients.models import ConsentTopic
from wxbot.understanding.models import Intent
from wxbot.understanding.reader import read

CARE, REMINDER, FESTIVAL = ConsentTopic.CARE, ConsentTopic.REMINDER, ConsentTopic.FESTIVAL
MARKETING, SURVEY = ConsentTopic.MARKETING, ConsentTopic.SURVEY


@pytest.mark.parametrize(
    ("words", "topics"),
    [
        ("别再发活动了", (MARKETING,)),
        ("不要给我发优惠活动的消息", (MARKETING,)),
        ("请不要再推送促销信息了，谢谢", (MARKETING,)),
        ("退订活动消息", (MARKETING,)),
        ("广告别再发了", (MARKETING,)),
        ("别再发广告", (MARKETING,)),
        ("不要再发广告了", (MARKETING,)),
        ("别给我推广告了，烦死了", (MARKETING,)),
        ("以后请不要发推广信息", (MARKETING,)),
        ("生日祝福就别再发了", (FESTIVAL,)),
        ("不想收到祝福消息", (FESTIVAL,)),
        ("关怀消息别发了", (CARE,)),
        ("不要再发预约提醒了", (REMINDER,)),
        ("不要再发问卷了", (SURVEY,)),
        ("别再发活动了，也别再发祝福了", (FESTIVAL, MARKETING)),
        ("别再发活动和祝福了", (FESTIVAL, MARKETING)),
        # all of them
        ("推送别再发了", ()),
        ("这类别再发了", ()),
        ("退订", ()),
        ("别再发了", ()),
        ("活动、祝福都别再发了", ()),
        ("不要再给我发任何活动消息", ()),
        ("别再发活动了，别再发消息了", ()),
        ("除了预约提醒，别再发了", ()),
        ("活动太多了，别再发了", ()),
        ("拒绝一切推送广告", ()),
        ("广告、消息都别再发了", ()),
        ("广告别再发了，消息也别再发了", ()),
    ],
)
def test_a_stop_is_about_the_kind_that_its_words_name_else_about_all(
    words: str, topics: tuple[ConsentTopic, ...]
) -> None:
    reading = read(words, CONTEXT)
    assert (reading.intent, reading.stop_topics) == (Intent.STOP, topics)


@pytest.mark.parametrize("words", ["恢复", "活动什么时候开始", "谢谢你们的祝福", "提醒我明天带病历", "告别再见"])
def test_what_is_no_stop_names_no_topic(words: str) -> None:
    assert read(words, CONTEXT).stop_topics == ()
