"""The normal form of what patients write."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from wxbot.understanding.message import LONGEST_GROWTH, normalise

SIGNS = (
    "我想约洗牙嗯呃那个就是说然后明天下周三一二三点半预约好的谢谢，。、！？～…·12 ９０"
    "①②❶1️⃣👌👍🙏❤[OK][强][玫瑰]\u200b\u202e\ufe0f\u3000\nabＡＢ王〇○額這裡訊息"
)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("我想約明天下午三點洗牙", "我想约明天下午三点洗牙"),
        ("禮拜三", "礼拜三"),
        ("請停止給我發訊息", "请停止给我发信息"),
        ("簡訊", "短信"),
        ("牙套一直戴著", "牙套一直戴着"),
        ("妳們", "你们"),
        ("聽日", "明日"),
        ("唔使喇", "不用喇"),
        ("明天　下午 ３：３０", "明天下午3:30"),
        ("明\u200b天\u202e下午", "明天下午"),
        ("OK", "ok"),
        ("1️⃣", "1"),
        ("①", "1"),
        ("❸", "3"),
        ("🔟", "10"),
        ("①②", "1,2"),
        ("1 2", "1,2"),
        ("明天下午三点👍", "明天下午三点"),
        ("谢谢[玫瑰][玫瑰]", "谢谢"),
        ("[1]", "[1]"),
    ],
)
def test_one_form_for_width_script_marks_and_emoji(written: str, text: str) -> None:
    assert normalise(written).text == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("嗯嗯那个我我想想约明天洗牙", "我想约明天洗牙"),
        ("那个，就是，我想约洗牙", "我想约洗牙"),
        ("呃…明天吧", "明天吧"),
        ("我想就是说改到周五", "我想改到周五"),
        ("预约预约", "预约"),
        ("周三周三", "周三"),
        ("三点三点", "三点"),
        ("好好好", "好"),
        ("嗯嗯", "嗯"),
        ("嗯", "嗯"),
        ("额，我想约", "我想约"),
    ],
)
def test_fillers_and_repeated_words_are_gone(written: str, text: str) -> None:
    assert normalise(written).text == text


@pytest.mark.parametrize(
    "words",
    [
        "我想想",
        "我想想再约",
        "下下周三",
        "大大后天",
        "一点一点好起来",
        "妈妈",
        "谢谢",
        "额头疼",
        "周五那个",
        "好好刷牙",
        "慢慢",
        "看看",
        "这个周三",
        "要不要去",
    ],
)
def test_words_that_only_look_repeated_or_filling_stay(words: str) -> None:
    assert normalise(words).text == words


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("👌", "好"),
        ("👍👍👍", "好"),
        ("[OK]", "好"),
        ("[强][玫瑰]", "好"),
        ("🙏", "谢谢"),
        ("👎", "不"),
        ("👌👎", ""),
        ("😀", ""),
        ("[玫瑰]", "谢谢"),
    ],
)
def test_a_message_of_emoji_says_what_they_say(written: str, text: str) -> None:
    assert normalise(written).text == text


def test_what_was_written_is_kept_for_names() -> None:
    message = normalise("我叫 張麗華 Anna🌹")
    assert (message.written, message.spaced) == ("我叫 張麗華 Anna", "我叫 张丽华 anna")


@settings(max_examples=400, deadline=None)
@given(text=st.one_of(st.text(alphabet=SIGNS, max_size=24), st.text(max_size=24)))
@example("\ufdfa" * 5)
@example("我 我 想")
@example("①\u200b②")
@example("[KKKKK a]")
def test_it_is_bounded_never_raises_and_does_nothing_twice(text: str) -> None:
    once = normalise(text)
    again = normalise(once.text)
    assert again.text == once.text
    assert normalise(once.spaced).spaced == once.spaced
    assert len(once.text) <= max(LONGEST_GROWTH * len(text), 1)


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet="我想约明天下午三点洗牙预约医生谢谢请问钟头后面里发消息吗么见时间", max_size=20))
def test_traditional_reads_as_simplified(text: str) -> None:
    traditional = OpenCC("s2t").convert(text)
    assert normalise(traditional).text == normalise(text).text
