"""Slips of the pen that are certain (A0-21)."""

import pytest

from tests.unit.quality.spoken_case import check, context, found


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("好的，，我看看。", "好的，我看看。"),
        ("好的。。", "好的。"),
        ("好的，。", "好的。"),
        ("请您 ，稍等", "请您，稍等"),
        ("我帮您您约上", "我帮您约上"),
        ("这是我的的意见", "这是我的意见"),
        ("我们先看看，", "我们先看看。"),
        ("已经按排好了", "已经安排好了"),
        ("我们周五在见！", "我们周五再见！"),
        ("因该没有大碍。", "应该没有大碍。"),
        ("请发到我们的帐号", "请发到我们的账号"),
    ],
)
def test_a_slip_is_mended_with_one_key(text: str, better: str) -> None:
    assert [each.applied(text) for each in check().findings(text, context()) if each.label != "命令"] == [better]


@pytest.mark.parametrize("text", ["您好（周一见", "他说“可以", "建议您", "我们会在"])
def test_what_is_missing_is_told(text: str) -> None:
    (severity, label), *_ = found(text)
    assert severity == "hint"
    assert label in {"标点", "漏字"}


@pytest.mark.parametrize(
    "text", ["的的确确是这样的。", "为了了解您的情况", "嗯……我看看。", "真的？！", "好的～", "稍等…", "原因该说清楚"]
)
def test_what_is_right_is_left_alone(text: str) -> None:
    assert found(text) == []
