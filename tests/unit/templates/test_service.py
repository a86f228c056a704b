"""Templates are looked up, filled and checked; a card that cannot travel is left out."""

from dataclasses import replace

import pytest

from wxbot.errors import ConfigurationError, NotFoundError
from wxbot.messaging import Purpose
from wxbot.templates.models import Card, FilledCard, Option, Template
from wxbot.templates.rendering import WordingError
from wxbot.templates.service import Templates

CARD = Card(template_id="TPL1", title="就诊提醒", fields={"thing1": "{name}", "time2": "{time_field}"})
REMINDER = Template(
    key="care.reminder",
    purpose=Purpose.REMINDER,
    text="{name}，明天见。{clinic_phone}",
    fallbacks={"name": "朋友"},
    template_card=CARD,
    version=3,
)
COMMON = {"clinic_phone": "0555-000-0188"}
VALUES = {"name": "张三", "time_field": "2026年11月20日 14:30"}


def test_a_template_is_filled_with_its_card_options_and_version() -> None:
    options = (Option(id="a", label="好"),)
    rendered = Templates([REMINDER], COMMON).render("care.reminder", VALUES, options)
    assert (rendered.key, rendered.version, rendered.options) == ("care.reminder", 3, options)
    assert rendered.text == "张三，明天见。0555-000-0188"
    assert rendered.template_card == FilledCard(
        template_id="TPL1", title="就诊提醒", fields={"thing1": "张三", "time2": "2026年11月20日 14:30"}
    )
    assert rendered.notice_card is None


def test_what_a_message_says_itself_wins_over_what_is_common() -> None:
    assert Templates([REMINDER], COMMON).render("care.reminder", {**VALUES, "clinic_phone": "1"}).text.endswith("1")


def test_card_values_are_shortened_and_stay_plain() -> None:
    rendered = Templates([REMINDER], COMMON).render("care.reminder", {**VALUES, "name": "A&B<" + "一" * 30})
    assert rendered.text.startswith("A＆B＜一")
    assert rendered.template_card is not None
    assert rendered.template_card.fields["thing1"] == "A&B<" + "一" * 15 + "…"


def test_an_unbound_card_is_left_out() -> None:
    unbound = replace(REMINDER, template_card=replace(CARD, template_id=""))
    assert Templates([unbound], COMMON).render("care.reminder", VALUES).template_card is None


@pytest.mark.parametrize("wrong", [{"time_field": "下午2:30"}, {"time_field": ""}])
def test_a_card_with_a_field_that_cannot_fit_is_left_out_and_the_text_stays(
    wrong: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    rendered = Templates([REMINDER], COMMON).render("care.reminder", {**VALUES, **wrong})
    assert (rendered.template_card, rendered.text) == (None, "张三，明天见。0555-000-0188")
    assert [(each.field, "张三" in str(each.problems)) for each in rendered.left_out] == [("time2", False)]
    told = capsys.readouterr()
    assert told.out + told.err == ""  # a preview fills it thousands of times; it is logged when it is sent


def test_a_card_with_a_missing_variable_is_left_out_and_the_text_stays() -> None:
    rendered = Templates([REMINDER], COMMON).render("care.reminder", {"name": "张三"})
    assert (rendered.template_card, rendered.text) == (None, "张三，明天见。0555-000-0188")


def test_a_text_with_a_missing_variable_is_an_error() -> None:
    with pytest.raises(WordingError):
        Templates([REMINDER]).render("care.reminder", VALUES)


def test_an_unknown_key_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        Templates([REMINDER]).get("care.nothing")
    with pytest.raises(NotFoundError):
        Templates([REMINDER]).render("care.nothing", {})


def test_everything_malformed_is_told_at_once_when_loaded() -> None:
    broken = [
        REMINDER,
        replace(REMINDER, key="a", text="{"),
        replace(REMINDER, key="b", fallbacks={"nobody": "x"}),
        replace(REMINDER, key="c", template_card=replace(CARD, fields={"thing1": "{a.b}"})),
        REMINDER,
    ]
    with pytest.raises(ConfigurationError) as refused:
        Templates(broken)
    assert [problem.split("'")[1] for problem in refused.value.problems] == ["a", "b", "c", "care.reminder"]


def test_the_check_finds_what_a_load_lets_pass() -> None:
    templates = Templates(
        [
            replace(REMINDER, key="long", text="长" * 500, fallbacks={}, template_card=None),
            replace(REMINDER, key="ad", purpose=Purpose.MARKETING),
            replace(REMINDER, key="dead", template_card=replace(CARD, fields={"first": "您好"})),
        ],
        COMMON,
    )
    assert templates.check() == [
        "long: the text has 1500 bytes, keep it below 1400.",
        "ad: WeChat forbids marketing as template message.",
        "dead: WeChat does not show first any more; move its words into another field.",
    ]


def test_the_check_measures_cards_with_examples() -> None:
    templates = Templates([REMINDER], COMMON)
    assert templates.check(VALUES) == []
    assert [problem.split(" must")[0] for problem in templates.check({**VALUES, "time_field": "下午"})] == [
        "care.reminder: time2"
    ]
    assert templates.check({"name": "张三"}) == ["care.reminder: time2 nothing fills {time_field}."]
