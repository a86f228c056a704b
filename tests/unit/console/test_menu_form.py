"""The menu as a form: what is shown comes back as it was, empty rows vanish, complaints find their row."""

from wxbot.account.menu_rules import flaws
from wxbot.account.models import Button, Menu
from wxbot.web.console.forms import Form
from wxbot.web.console.menu_form import complaints, filled_form, menu_in, moved, place_of_row

BOOK = Button(name="预约", type="click", key="BOOK")
SITE = Button(name="官网", type="view", url="https://clinic.example.cn/")
MINI = Button(name="商城", type="miniprogram", url="https://x.example", appid="wx0123456789abcdef", pagepath="pages/a")
SCAN = Button(name="扫码", type="scancode_waitmsg", key="SCAN")
WHOLE = Menu(buttons=(BOOK, Button(name="服务", entries=(SITE, MINI, SCAN)), SITE))


def test_a_menu_put_into_the_form_comes_back_as_it_was() -> None:
    assert menu_in(filled_form(WHOLE, 3)) == WHOLE


def test_rows_without_a_name_and_an_action_are_left_out() -> None:
    form = filled_form(WHOLE, 3)
    form.values |= {"p1_name": "", "p1_key": "", "p2_1_name": " ", "p2_1_url": ""}
    assert menu_in(form) == Menu(buttons=(Button(name="服务", entries=(MINI, SCAN)), SITE))


def test_what_another_type_needed_is_forgotten_when_the_type_changes() -> None:
    form = filled_form(Menu(buttons=(SITE,)), 0)
    form.values |= {"p1_type": "click", "p1_key": "BOOK"}
    assert menu_in(form) == Menu(buttons=(Button(name="官网", type="click", key="BOOK"),))


def test_a_button_that_opens_nothing_is_complained_of() -> None:
    form = Form(values={"p1_name": "服务", "p1_type": "entries"})
    found = complaints(form, flaws(menu_in(form).wire()))
    assert list(found) == ["p1_type"]


def test_a_complaint_stands_in_the_row_it_is_about_even_behind_empty_rows() -> None:
    form = Form(
        values={
            "p2_name": "服务",
            "p2_type": "entries",
            "p2_3_name": "官网",
            "p2_3_type": "view",
            "p2_5_name": "长" * 21,
            "p2_5_type": "click",
            "p2_5_key": "BOOK",
        }
    )
    found = complaints(form, flaws(menu_in(form).wire()))
    assert sorted(found) == ["p2_3_url", "p2_5_name"]
    assert found["p2_3_url"] == "请填写网页地址。"


def test_a_menu_without_buttons_is_complained_of_as_a_whole() -> None:
    form = Form()
    found = complaints(form, flaws(menu_in(form).wire()))
    assert list(found) == [""]


def test_rows_move_up_within_their_level() -> None:
    assert [button.name for button in moved(WHOLE, "3").buttons] == ["预约", "官网", "服务"]
    assert [entry.name for entry in moved(WHOLE, "2.3").buttons[1].entries] == ["官网", "扫码", "商城"]
    assert moved(WHOLE, "1") == moved(WHOLE, "") == moved(WHOLE, "9.9") == WHOLE


def test_a_row_is_found_by_its_place_among_those_that_are_filled() -> None:
    form = filled_form(WHOLE, 0)
    form.values |= {"p1_name": "", "p1_key": ""}
    assert (place_of_row(form, "p3"), place_of_row(form, "p2_2"), place_of_row(form, "p1")) == ("2", "1.2", "")
