"""What comes back out of a hidden field."""

import json

import pytest

from wxbot.account.models import Menu
from wxbot.web.console.forms import Form, remembered
from wxbot.web.console.menu_form import base_in


def test_what_a_page_wrote_comes_back_as_it_was() -> None:
    menu = {"button": [{"name": "预约", "sub_button": [{"name": "我的预约", "type": "click", "key": "MINE"}]}]}
    assert remembered(json.dumps(menu)) == menu


@pytest.mark.parametrize(
    "text",
    ["", "x", "[]", "1", "null", '{"a": ', '{"a":' * 400 + "1" + "}" * 400, "[" * 100_000, '{"a": ' + "[" * 100_000],
)
def test_anything_else_is_as_if_nothing_were_there(text: str) -> None:
    assert remembered(text) == {}
    assert base_in(Form(values={"base": text})) == Menu()
