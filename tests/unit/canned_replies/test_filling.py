"""Variables and blanks of canned replies, and what the shipped ones say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.canned_replies_file import VARIABLES as IN_FILES
from tests.every import every
from tests.unit.quality.spoken_case import check, context, shipped
from wxbot.canned_replies.checks import findings_of, problems_of
from wxbot.canned_replies.filling import VARIABLES, filled, problem_of
from wxbot.canned_replies.models import CannedReply, Filled
from wxbot.quality.service import Quality

QUALITY = Quality(shipped().lexicon)
KNOWN = {"patient_name": "张三", "doctor": "陈晓晴主治医师"}


def units(text: str, start: int, end: int) -> str:
    """The span as a browser counts it."""
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("您好", Filled(text="您好")),
        ("{patient_name}您好", Filled(text="张三您好")),
        ("{?时间}见", Filled(text="〔时间〕见", blanks=((0, 4),))),
        ("{visit_day}见{doctor}", Filled(text="〔就诊日期〕见陈晓晴主治医师", blanks=((0, 6),))),
        ("😊{?时间}", Filled(text="😊〔时间〕", blanks=((2, 6),))),
    ],
)
def test_a_text_is_filled_and_its_blanks_are_where_a_browser_looks(text: str, expected: Filled) -> None:
    assert filled(text, KNOWN) == expected


@given(
    st.lists(
        st.one_of(st.text(alphabet="您好😊，", max_size=5), st.sampled_from(["{?时间}", "{doctor}", "{salutation}"]))
    )
)
def test_every_blank_is_one(parts: list[str]) -> None:
    done = filled("".join(parts), KNOWN)
    found = [units(done.text, start, end) for start, end in done.blanks]
    assert found == [
        {"{?时间}": "〔时间〕", "{salutation}": "〔称呼〕"}[part]
        for part in parts
        if part in {"{?时间}", "{salutation}"}
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{docter}", "没有 {docter}"),
        ("{?}", "要填什么"),
        ("{doctor", "单独的 {"),
        ("}", "单独的 }"),
        ("{?" + "长" * 21 + "}", "太长"),
    ],
)
def test_what_nothing_fills_is_told(text: str, words: str) -> None:
    assert words in problem_of(text)


def test_files_and_code_know_the_same_variables() -> None:
    assert tuple(VARIABLES) == IN_FILES


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_that_was_pasted_as_it_stands_does_not_leave(name: str) -> None:
    assert any(each.blocks for each in check().findings(f"请找{{{name}}}", context()))


@every("reply", shipped().canned_replies, named=lambda reply: reply.id)
def test_every_shipped_reply_may_be_kept_and_said(reply: CannedReply) -> None:
    assert problems_of(reply, QUALITY) == {}
    assert findings_of(reply.text, QUALITY) == ()
    values = {**dict.fromkeys(VARIABLES, "张女士"), "visit_time": "下午2:30"}
    said = filled(reply.text.replace("{?", "{").replace("{", "").replace("}", ""), values).text
    assert [each.words for each in check().findings(said, context()) if each.blocks] == []


def test_the_articles_standard_phrases_are_shipped() -> None:
    texts = {reply.text for reply in shipped().canned_replies}
    assert texts >= {
        "您好！",
        "请稍等，我这就为您查一下。",
        "很抱歉让您久等了。",
        "没关系！还有什么需要我帮助吗？",
        "为了尽快为您解决这个问题，我可以向您提几个小问题吗？",
        "对不起，给您造成不便，敬请原谅。",
        "您的建议很重要，我们会及时转给领导，谢谢您的支持！",
        "请您别着急，慢慢讲，我们会尽力帮您解决。",
        "感谢您的批评指正，我们将及时改正。",
        "不知道我刚才是否将您的问题解释清楚了？",
        "谢谢您的合作。",
        "请多提宝贵意见。",
        "请原谅。",
        "再见！",
    }
    rows = {row for reply in shipped().canned_replies for row in reply.source.split("、")}
    assert rows >= {f"A2-{number}" for number in (18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, *range(31, 34), 36)}
    assert rows >= {f"A2-{number}" for number in (37, 38, 40, 41, 42, *range(44, 52), 53, 54, 55, 56, 76)}
    assert rows >= {"A3-09", "A3-10"}
