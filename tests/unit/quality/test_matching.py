"""Words are found however they are spread out, and positions always cut exactly them out of what was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.quality.matching import Matcher
from wxbot.quality.models import Entry, Finding, Severity
from wxbot.quality.normalising import normalise
from wxbot.quality.patterns import PatternError, compile_pattern
from wxbot.quality.service import Quality

WORDS = ("根治", "全国第一", "top1", "包您满意")
NOISE = [" ", "　", "\t", "-", "·", "*", "_", "\u200b", "\ufeff", "“", "～", "~", "|", "😀", "."]


def entry(*words: str, severity: Severity = Severity.BLOCK, **more: object) -> Entry:
    return Entry(
        category="test",
        name="测试",
        words=words,
        severity=severity,
        reason="为什么",
        source="哪一条",
        instead="怎么说",
        **more,  # type: ignore[arg-type]
    )


def found(matcher: Matcher, text: str, purpose: str = "service", *, lock_screen: bool = False) -> list[str]:
    return [finding.words for finding in matcher.findings(text, purpose=purpose, lock_screen=lock_screen)]


MATCHER = Matcher([entry(*WORDS), entry("你不是说…吗", "治愈率{数字}%")])


@given(st.text(), st.sampled_from(WORDS), st.text())
def test_positions_cut_out_exactly_the_words(before: str, word: str, after: str) -> None:
    text = before + word + after
    for finding in MATCHER.findings(text, purpose="care", lock_screen=False):
        assert text[finding.start : finding.end] == finding.words


@given(st.data(), st.sampled_from(WORDS), st.text("您好，请稍等。", max_size=8))
def test_what_is_put_between_the_characters_hides_nothing(data: st.DataObject, word: str, around: str) -> None:
    spread = word[0] + "".join("".join(data.draw(st.lists(st.sampled_from(NOISE), max_size=3))) + c for c in word[1:])
    text = around + spread + around
    assert found(MATCHER, text) == [spread]


@given(st.text(max_size=200))
def test_any_text_at_all_can_be_searched(text: str) -> None:
    findings = MATCHER.findings(text, purpose="care", lock_screen=True)
    assert all(text[each.start : each.end] == each.words for each in findings)
    assert [each.start for each in findings] == sorted(each.start for each in findings)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ＴＯＰ１诊所", ["ＴＯＰ１"]),
        ("Top1", ["Top1"]),
        ("stop1", []),
        ("top12", []),
        ("go top1 now", ["top1"]),
        ("全国第\u3000一", ["全国第\u3000一"]),
        ("这是根。治牙要紧", []),  # the end of a sentence stands between
        ("治愈率98%", ["治愈率98%"]),
        ("治愈率九十%", ["治愈率九十%"]),
        ("你不是说好了吗", ["你不是说好了吗"]),
        ("你不是说。好了吗", []),
        ("你不是说这些那些以及另外十几件事情都会办好的吗", []),  # too far apart to belong together
    ],
)
def test_width_case_and_borders(text: str, expected: list[str]) -> None:
    assert found(MATCHER, text) == expected


def test_the_longest_is_told_and_what_lies_inside_is_not() -> None:
    matcher = Matcher([entry("第一"), entry("全国第一"), entry("全国第一品牌")])
    assert found(matcher, "全国第一品牌") == ["全国第一品牌"]


def test_something_worse_inside_something_harmless_is_told_too() -> None:
    matcher = Matcher([entry("保证根治", severity=Severity.HINT), entry("根治")])
    assert found(matcher, "保证根治") == ["保证根治", "根治"]


def test_an_exception_covers_only_what_stands_inside_it() -> None:
    matcher = Matcher([entry("第一", unless=("第一[次|天]",))])
    assert found(matcher, "第一次来，第 一 天来") == []
    assert found(matcher, "第一次来就说第一") == ["第一"]
    assert [each.start for each in matcher.findings("第一次第一", purpose="care", lock_screen=False)] == [3]


def test_an_entry_is_asked_only_for_its_purposes_and_places() -> None:
    matcher = Matcher([entry("红包", purposes=("care",)), entry("乙肝", lock_screen=True)])
    assert found(matcher, "红包乙肝", "care") == ["红包"]
    assert found(matcher, "红包乙肝", "service", lock_screen=True) == ["乙肝"]


def test_whole_messages_are_compared_without_their_signs() -> None:
    matcher = Matcher([entry("嗯", "哦", whole=True)])
    assert [found(matcher, text) for text in ("嗯", "嗯…哦！", "嗯嗯嗯", "嗯好", "", "……")] == [
        ["嗯"],
        ["嗯…哦"],
        ["嗯嗯嗯"],
        [],
        [],
        [],
    ]


def test_a_finding_carries_what_staff_need_to_know() -> None:
    (finding,) = Quality([entry("根治")]).findings("能根治", purpose="care")
    assert finding == Finding(
        severity=Severity.BLOCK,
        start=1,
        end=3,
        words="根治",
        category="test",
        name="测试",
        reason="为什么",
        instead="怎么说",
        source="哪一条",
        label="测试",
        replace_start=1,
        replace_end=3,
    )


def test_an_empty_lexicon_finds_nothing() -> None:
    assert Quality([]).findings("根治", purpose="care") == ()


@pytest.mark.parametrize("words", ["", "…根治", "根治…", "[甲|", "甲]", "{年龄}岁", "[甲|]…乙", "——", "甲|乙"])
def test_words_that_cannot_be_read_are_refused(words: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(words)


def beginnings_in(matcher: Matcher, text: str) -> int:
    """The number of beginnings a search of `text` visits: its time grows with it, beside the text's length."""
    visited = () if matcher._empty else matcher._automaton.iter(normalise(text).text)
    return sum(len(wanted) for _, (_, wanted) in visited)


def test_the_work_grows_with_the_text_and_not_with_the_lexicon(quality: Quality) -> None:
    text = "您好，明天上午九点请到二楼前台签到，医生会先看片子再和您商量。" * 70
    assert len(text) > 2_000
    matcher = quality._matcher
    once = beginnings_in(matcher, text)
    assert beginnings_in(Matcher([]), text) == 0
    assert once <= len(text) / 4  # beginnings are rare in ordinary words
    assert beginnings_in(matcher, text * 2) == 2 * once


def test_a_text_full_of_findings_is_searched_in_one_go(quality: Quality) -> None:
    text = "根治" * 2_000
    findings = quality.findings(text, purpose="care")
    assert len(findings) == 2_000
    assert beginnings_in(quality._matcher, text) <= 4 * len(text)
