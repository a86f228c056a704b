"""The menu in words: what a tap does, what differs, and the file that gives the same menu again."""

import json
import tomllib

from hypothesis import given
from hypothesis import strategies as st

from config.menu_file import MenuFile
from handlers.entrances import MEANINGS
from wxbot.account.menu_words import changes, does, menu_toml, unanswered
from wxbot.account.models import Button, Menu, menu_of

BOOK = Button(name="预约", type="click", key="BOOK")
SITE = Button(name="官网", type="view", url='https://clinic.example.cn/?a=1&b="2"')
MINI = Button(name="商城", type="miniprogram", url="https://x.example", appid="wx0123456789abcdef", pagepath="pages/a")

NAMES = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=4).filter(
    lambda text: text.strip() == text and 0 < len(text.encode()) <= 16
)
LEAVES = st.one_of(
    st.builds(Button, name=NAMES, type=st.just("click"), key=st.sampled_from(sorted(MEANINGS))),
    st.builds(Button, name=NAMES, type=st.just("view"), url=st.sampled_from([SITE.url, "http://x/%22\\"])),
    st.builds(
        Button,
        name=NAMES,
        type=st.just("miniprogram"),
        url=st.just(MINI.url),
        appid=st.just(MINI.appid),
        pagepath=NAMES,
    ),
)
PARENTS = st.builds(Button, name=NAMES, entries=st.lists(LEAVES, min_size=1, max_size=5).map(tuple))
MENUS = st.builds(Menu, buttons=st.lists(LEAVES | PARENTS, min_size=1, max_size=3).map(tuple))


@given(MENUS)
def test_an_exported_menu_read_back_is_the_same_menu(menu: Menu) -> None:
    read = MenuFile.model_validate_json(json.dumps(tomllib.loads(menu_toml(menu))))
    assert menu_of(read.wire()) == menu


@given(MENUS)
def test_what_the_platform_is_sent_is_understood_again(menu: Menu) -> None:
    assert menu_of(menu.wire()) == menu


@given(MENUS)
def test_a_menu_does_not_differ_from_itself(menu: Menu) -> None:
    assert changes(menu, menu, MEANINGS) == ()


def test_a_menu_made_in_the_platforms_console_is_understood() -> None:
    shown = {"button": [{"name": "服务", "sub_button": {"list": [{"type": "img", "name": "图", "value": "M1"}]}}]}
    menu = menu_of(shown)
    assert [place for place, _ in menu.places()] == ["1", "1.1"]
    assert does(menu.buttons[0].entries[0], MEANINGS) == "在公众平台设置的内容"


def test_a_tap_is_told_by_its_meaning() -> None:
    assert does(BOOK, MEANINGS) == MEANINGS["BOOK"]
    assert does(SITE, MEANINGS) == f"打开网页 {SITE.url}"
    assert does(MINI, MEANINGS) == "打开小程序 wx0123456789abcdef pages/a"
    assert does(Button(name="服务", entries=(BOOK, SITE)), MEANINGS) == "展开 2 项"


def test_a_key_that_nobody_answers_is_found() -> None:
    menu = Menu(buttons=(BOOK, Button(name="多", entries=(Button(name="旧", type="click", key="OLD"),))))
    assert unanswered(menu, MEANINGS) == (("2.1", "OLD"),)


def test_differences_name_the_place_and_both_sides() -> None:
    before, after = Menu(buttons=(BOOK, SITE)), Menu(buttons=(BOOK, Button(name="多", entries=(SITE,))))
    found = [(change.place, change.before, change.after) for change in changes(before, after, MEANINGS)]
    assert found == [
        ("第 2 个一级菜单", f"“官网”：打开网页 {SITE.url}", "“多”"),
        ("第 2 个一级菜单的第 1 个二级菜单", "", f"“官网”：打开网页 {SITE.url}"),
    ]
