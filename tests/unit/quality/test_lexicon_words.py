"""The shipped lexicon stops what must be stopped and leaves in peace what a clinic says all day."""

from pathlib import Path

import pytest

from config.content import Content
from tests.every import every
from wxbot.quality.models import Entry, Severity
from wxbot.quality.service import Quality

CLEAN = [line for line in (Path(__file__).parent / "clean_sentences.txt").read_text().splitlines() if line]
PURPOSES = ("service", "reminder", "care", "marketing")
MOST_FALSE_ALARMS = 0.02  # of clean sentences


def found(quality: Quality, text: str, purpose: str = "service", *, lock_screen: bool = False) -> set[tuple[str, str]]:
    """Severity and category of everything found."""
    return {
        (finding.severity.value, finding.category)
        for finding in quality.findings(text, purpose=purpose, lock_screen=lock_screen)
    }


@pytest.mark.parametrize(
    ("row", "kind", "text"),
    [
        ("A2-43", "推卸", "我办不了,没办法。"),
        ("A2-58", "反问", "你不是说周三有号吗?"),
        ("A2-58", "反问", "您不是说不疼吗？"),
        ("A2-59", "质问", "不是告诉你了,怎么还不明白?"),
        ("A2-59", "质问", "不是早就告诉过您了，怎么还不懂"),
        ("A2-60", "呵斥", "大点声,听不见!"),
        ("A2-60", "呵斥", "大声点，听不清！"),
        ("A2-61", "推卸", "是我办的,不知道,不清楚。"),
        ("A2-61", "推卸", "不是我办的,不知道,不清楚。"),
        ("A2-62", "推卸", "你到财务部门问问吧。"),
        ("A2-62", "推卸", "您去收费科问一下吧"),
        ("A2-63", "歧视", "你怎么连这个也不懂。"),
        ("A2-63", "歧视", "怎么连这点都不明白"),
        ("A2-64", "推卸", "这是规定,我有什么办法。"),
        ("A2-64", "推卸", "这都是规定，我也没办法"),
        (
            "A0-04",
            "敷衍",
            "我这边系统快要关闭了,一句两句咱们也分析不清楚,你打我办公室免费电话或留个你的联系方式",
        ),
        ("A0-04", "敷衍", "我快下班了，明天再说吧"),
        ("A0-31", "推卸", "关咱们什么事"),
        ("A0-31", "推卸", "把手机卖了"),
        ("A0-31", "推卸", "就有钱交话费了"),
        ("A0-31", "推卸", "关咱们什么事,把手机卖了,就有钱交话费了"),
        ("A0-38", "质问", "你看不懂中文吗"),
        ("A0-38", "敷衍", "嗯"),
        ("A0-38", "敷衍", "啊！"),
        ("A0-38", "敷衍", "哦。"),
        ("A0-38", "敷衍", "嗯、啊、哦"),
    ],
)
def test_what_the_articles_forbid_is_stopped_for_its_reason(quality: Quality, row: str, kind: str, text: str) -> None:
    stopped = [finding for finding in quality.findings(text, purpose="service") if finding.blocks]
    assert {finding.category for finding in stopped} == {"service_taboos"}
    assert any(kind in finding.source for finding in stopped), f"{row}: {[finding.source for finding in stopped]}"


@every(
    ("text", "purpose", "expected"),
    [
        ("我帮您申请应该没有问题", "service", ("block", "over_promises")),  # A3-08
        ("肯定没问题", "service", ("block", "over_promises")),  # A2-72
        ("包好", "service", ("warn", "over_promises")),
        ("这个我跟你保证", "service", ("warn", "over_promises")),
        ("绝对可以", "service", ("warn", "over_promises")),
        ("刘教授下周不在,抓紧来吧", "service", ("warn", "over_promises")),  # A2-103
        ("最后三个名额", "marketing", ("warn", "over_promises")),
        ("你必须今天来", "service", ("hint", "softening")),  # A2-105
        ("赶紧过来", "service", ("hint", "softening")),
        ("没有", "service", ("hint", "softening")),  # A2-106
        ("这个已经不能便宜了", "service", ("hint", "softening")),
        ("亲,在吗", "service", ("hint", "softening")),  # A2-101
        ("不好意思，想问问您恢复得怎样", "care", ("hint", "softening")),  # A0-26
        ("打扰您一下", "care", ("hint", "softening")),  # A0-25
        ("麻烦您回复", "care", ("hint", "softening")),
        ("根治牙周炎", "care", ("block", "medical_claims")),
        ("治愈率高达98%", "marketing", ("block", "medical_claims")),
        ("三天见效", "marketing", ("block", "medical_claims")),
        ("零风险", "marketing", ("block", "medical_claims")),
        ("无痛拔牙", "marketing", ("block", "medical_claims")),
        ("比其他医院的技术好", "marketing", ("block", "medical_claims")),
        ("专家推荐", "marketing", ("block", "medical_claims")),
        ("祖传秘方", "marketing", ("block", "medical_claims")),
        ("国家级诊所", "marketing", ("block", "advertising_absolutes")),
        ("最佳口腔诊所", "service", ("block", "advertising_absolutes")),
        ("顶级设备", "marketing", ("block", "advertising_absolutes")),
        ("全国第一", "marketing", ("block", "advertising_absolutes")),
        ("我们第一", "marketing", ("warn", "advertising_absolutes")),
        ("全市唯一", "marketing", ("block", "advertising_absolutes")),
        ("首选品牌", "marketing", ("block", "advertising_absolutes")),
        ("100%有效", "care", ("block", "advertising_absolutes")),
        ("转发到朋友圈领红包", "service", ("block", "platform_forbidden")),
        ("集赞送洗牙", "marketing", ("block", "platform_forbidden")),
        ("请把验证码发给我", "service", ("block", "privacy")),
        ("11010519900307781X", "service", ("block", "privacy")),
        ("打我电话13812345678", "service", ("warn", "privacy")),
    ],
)
def test_each_kind_of_unwelcome_words_is_found(
    quality: Quality, text: str, purpose: str, expected: tuple[str, str]
) -> None:
    assert expected in found(quality, text, purpose)


@pytest.mark.parametrize(
    "text", ["第一次", "第一天", "第一时间联系您", "最近", "最后", "最早的号", "最好早点到", "第一诊室"]
)
def test_order_and_time_are_no_absolute_words(quality: Quality, text: str) -> None:
    assert found(quality, text, "marketing") == set()


def test_going_to_another_department_is_fine_when_a_transfer_is_made(quality: Quality) -> None:
    assert found(quality, "您到财务部门问问吧") == {("block", "service_taboos")}
    assert found(quality, "您到财务部门问问吧，我现在就帮您转过去") == set()


def test_excuses_are_only_unwelcome_in_follow_ups(quality: Quality) -> None:
    assert found(quality, "不好意思，请您换一种说法", "service") == set()
    assert found(quality, "不好意思，请您换一种说法", "care") == {("hint", "softening")}


def test_an_interjection_is_only_a_brush_off_when_nothing_follows(quality: Quality) -> None:
    assert found(quality, "嗯，我明白了，我帮您问医生。") == set()


@pytest.mark.parametrize("text", ["乙肝复查提醒", "妇科复诊", "您的HIV报告", "恩替卡韦用药提醒", "结果阳性", "领红包"])
def test_a_card_on_a_locked_phone_does_not_tell_what_somebody_has(quality: Quality, text: str) -> None:
    blocked = {severity for severity, _ in found(quality, text, lock_screen=True)}
    assert Severity.BLOCK.value in blocked


def test_the_same_words_are_allowed_where_only_the_patient_reads(quality: Quality) -> None:
    assert found(quality, "您的乙肝复查报告已出") == set()


def test_nothing_is_found_in_the_shipped_templates(quality: Quality, content: Content) -> None:
    told = [
        (template.key, finding.words, finding.category)
        for template in content.templates
        for text, lock_screen in (
            (template.text, False),
            *((fallback, False) for fallback in template.fallbacks.values()),
            *(
                (words, True)
                for card in (template.template_card, template.notice_card)
                if card is not None
                for words in (card.title, *card.fields.values())
            ),
        )
        for finding in quality.findings(text, purpose=template.purpose, lock_screen=lock_screen)
    ]
    assert told == []


def test_everyday_sentences_of_a_clinic_raise_hardly_any_false_alarm(quality: Quality) -> None:
    assert len(CLEAN) >= 150
    assert len(set(CLEAN)) == len(CLEAN)
    alarms = [text for text in CLEAN if any(quality.findings(text, purpose=purpose) for purpose in PURPOSES)]
    assert len(alarms) / len(CLEAN) < MOST_FALSE_ALARMS, alarms


def test_every_word_of_the_lexicon_is_found_when_it_is_said(lexicon: tuple[Entry, ...], quality: Quality) -> None:
    """A word that another entry hides or an exception swallows would be there in vain."""
    hidden = [
        word
        for entry in lexicon
        for word in entry.words
        if not any(sign in word for sign in "[{…")
        and not quality.findings(
            word,
            purpose=(*entry.purposes, "marketing")[0],
            lock_screen=entry.lock_screen,
            circumstances=entry.only_when[:1],
        )
    ]
    assert hidden == []


@pytest.mark.parametrize(
    "text",
    [
        "{name}您好，本月洗牙优惠活动，欢迎来店。",
        "老患者享八折，名额有限。",
        "回访关怀：种植牙特价，先到先得！",
        "生日快乐！送您一张代金券。",
        "冬季护肤，光子嫩肤买一送一",
    ],
)
def test_a_care_text_that_sells_is_marketing_whatever_it_is_called(quality: Quality, text: str) -> None:
    for purpose in ("care", "service"):
        assert ("block", "selling") in found(quality, text, purpose)
    assert ("block", "selling") not in found(quality, text, "marketing")


@pytest.mark.parametrize("text", ["骨折后三个月复查", "请把纱布折叠后轻轻咬住", "这次检查没有优惠，费用按价目表"])
def test_innocent_words_of_care_are_not_selling(quality: Quality, text: str) -> None:
    assert "selling" not in {category for _, category in found(quality, text, "care")}
