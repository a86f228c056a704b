"""A menu the platform would refuse is refused here first, in words staff understand."""

from typing import Any

import pytest

from wxbot.account.menu_rules import problems

VIEW = {"type": "view", "name": "预约", "url": "https://clinic.example.cn/h5/book"}
CLICK = {"type": "click", "name": "联系客服", "key": "KF"}


def menu(*buttons: Any) -> dict[str, Any]:
    return {"button": list(buttons)}


@pytest.mark.parametrize(
    "button",
    [
        VIEW,
        {"type": "click", "name": "客服", "key": "KF"},
        {"name": "服务", "sub_button": [VIEW, CLICK, CLICK, CLICK, CLICK]},
        {"type": "view", "name": "预约", "url": "https://x", "sub_button": []},
        {
            "type": "miniprogram",
            "name": "小程序",
            "url": "https://x",
            "appid": "wx0123456789abcdef",
            "pagepath": "pages/a",
        },
        {"type": "scancode_waitmsg", "name": "扫码", "key": "SCAN"},
        {"type": "location_select", "name": "位置", "key": "K"},
        {"type": "article_id", "name": "须知", "article_id": "A1"},
    ],
)
def test_a_good_menu_has_no_problems(button: dict[str, Any]) -> None:
    assert problems(menu(button)) == []


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({}, "没有按钮"),
        ({"button": []}, "没有按钮"),
        ({"button": "x"}, "没有按钮"),
        (menu(VIEW, VIEW, VIEW, VIEW), "最多 3 个"),
        (menu("x"), "不是一个按钮"),
        (menu({"name": "多", "sub_button": [CLICK] * 6}), "最多 5 个"),
        (menu({"name": "多", "sub_button": "x"}), "不是列表"),
        (menu({"name": "多", "sub_button": ["x"]}), "不是一个按钮"),
        (menu({"name": "多", "type": "click", "sub_button": [CLICK]}), "只能保留一个"),
        (menu({"name": "多", "sub_button": [{"name": "下", "sub_button": [CLICK]}]}), "不能再有下级"),
        (menu(VIEW | {"name": "预约挂号吧"[:5] + "了"}), "最多 16 字节"),
        (menu({"name": "多", "sub_button": [CLICK | {"name": "长" * 21}]}), "最多 60 字节"),
        (menu(VIEW | {"name": " "}), "没有名称"),
        (menu(VIEW | {"name": 5}), "没有名称"),
        (menu(CLICK | {"name": "客服", "key": "k" * 129}), "最多 128 字节"),
        (menu(CLICK | {"name": "客服", "key": ""}), "缺少 key"),
        (menu(VIEW | {"url": "https://x/" + "a" * 1020}), "最多 1024 字节"),
        (menu(VIEW | {"url": "javascript:alert(1)"}), "http"),
        (menu({"type": "view", "name": "预约"}), "缺少 url"),
        (menu(VIEW | {"type": "media_id"}), "类型不正确"),
        (menu(VIEW | {"type": None}), "类型不正确"),
        (menu(VIEW | {"type": ["view"]}), "类型不正确"),
        (menu(VIEW | {"type": "miniprogram", "appid": "WX0123456789ABCDEF", "pagepath": "p"}), "appid 不正确"),
    ],
)
def test_each_mistake_is_named(bad: dict[str, Any], words: str) -> None:
    found = problems(bad)
    assert len(found) == 1
    assert words in found[0]


def test_every_mistake_is_named_at_once() -> None:
    assert len(problems(menu({"type": "view"}, {"type": "click"}))) == 4
