"""Forms keep what was typed and complain in Chinese, beside the field."""

from datetime import date
from enum import StrEnum

import pytest
from pydantic import BaseModel, Field, field_validator

from wxbot.errors import FieldErrors
from wxbot.web.console.forms import WHOLE, Form, filled, parse


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Example(BaseModel):
    name: str = Field(min_length=2, max_length=5)
    minutes: int = Field(ge=5, le=60, multiple_of=5)
    day: date | None = None
    colour: Colour = Colour.RED
    tags: tuple[str, ...] = ()
    loud: bool = False

    @field_validator("name")
    @classmethod
    def no_question(cls, value: str) -> str:
        if "?" in value:
            raise ValueError("姓名里不能有问号")
        return value


def form(**values: str) -> Form:
    return Form(values={"name": "王小明", "minutes": "30", **values})


def test_a_good_form_becomes_the_model() -> None:
    given = form(day="2026-11-24", colour="blue", loud="true")
    given.lists["tags"] = ["甲", " ", "乙"]
    assert parse(given, Example) == Example(
        name="王小明", minutes=30, day=date(2026, 11, 24), colour=Colour.BLUE, tags=("甲", "乙"), loud=True
    )


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "请填写这一项"),
        ("name", "   ", "请填写这一项"),
        ("name", "王", "至少 2 个字"),
        ("name", "王小明王小明", "最多 5 个字"),
        ("name", "王?明", "姓名里不能有问号"),
        ("minutes", "abc", "请填写整数"),
        ("minutes", "0", "不能小于 5"),
        ("minutes", "90", "不能大于 60"),
        ("minutes", "31", "要是 5 的倍数"),
        ("day", "明天", "请填写日期，例如 2026-11-24"),
        ("colour", "green", "请从列表中选择"),
    ],
)
def test_each_complaint_is_in_chinese_and_names_its_field(field: str, value: str, words: str) -> None:
    given = form(**{field: value})
    with pytest.raises(FieldErrors) as refused:
        parse(given, Example)
    assert refused.value.fields == given.errors == {field: words}
    assert given.values[field] == value


def test_every_wrong_field_is_named_at_once() -> None:
    given = Form(values={"name": "王", "minutes": "x"})
    with pytest.raises(FieldErrors):
        parse(given, Example)
    assert set(given.errors) == {"name", "minutes"}


def test_the_first_complaint_of_a_field_stays() -> None:
    given = form()
    given.fail("name", "一")
    given.fail("name", "二")
    given.fail(WHOLE, "三")
    assert given.errors == {"name": "一", "": "三"}
    assert not given.ok


def test_a_stored_thing_fills_the_form_it_is_edited_in() -> None:
    shown = filled({"name": "王小明", "day": None, "tags": ("甲", "乙"), "minutes": 30})
    assert (shown.values, shown.lists) == (
        {"name": "王小明", "day": "", "minutes": "30"},
        {"tags": ["甲", "乙"]},
    )
