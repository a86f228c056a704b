"""The menu in words: what a button does, what differs between two menus, and the file it can be exported to. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from wxbot.account.menu_rules import where
from wxbot.account.models import DETAILS, Button, Menu

TYPE_NAMES: Mapping[str, str] = {
    "click": "发送指令",
    "view": "打开网页",
    "miniprogram": "打开小程序",
    "scancode_push": "扫一扫",
    "scancode_waitmsg": "扫一扫并等待回复",
    "pic_sysphoto": "拍照发图",
    "pic_photo_or_album": "拍照或相册发图",
    "pic_weixin": "从微信相册发图",
    "location_select": "发送位置",
    "article_id": "打开已发布的文章",
    "article_view_limited": "打开已发布的文章",
}
ELSEWHERE = "在公众平台设置的内容"
TABLE, BELOW = "[[buttons]]", "[[buttons.entries]]"
HEADER = "# 公众号菜单：最多3个按钮，每个按钮下最多5项。按钮名最多16字节（汉字每个3字节），微信上显示4个汉字。"


@dataclass(frozen=True)
class Change:
    """One place that differs. `before` is empty for a new entry, `after` for one that is gone."""

    place: str
    before: str
    after: str


def does(button: Button, meanings: Mapping[str, str]) -> str:
    """What a tap on it does, in a few words. `meanings`: menu key → what our service does with it."""
    if button.entries:
        return f"展开 {len(button.entries)} 项"
    kind = TYPE_NAMES.get(button.type, ELSEWHERE)
    if button.type == "click":
        return meanings.get(button.key, f"{kind} {button.key}（系统不认识这个指令）")
    detail = button.url or button.key
    if button.type == "miniprogram":
        detail = f"{button.appid} {button.pagepath}"
    return f"{kind} {detail}".strip()


def unanswered(menu: Menu, meanings: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Place and key of every tap that our service would not understand."""
    return tuple(
        (place, each.key) for place, each in menu.places() if each.type == "click" and each.key not in meanings
    )


def changes(before: Menu, after: Menu, meanings: Mapping[str, str]) -> tuple[Change, ...]:
    """What differs, place by place, in reading order."""
    old, new = _lines(before, meanings), _lines(after, meanings)
    places = sorted({*old, *new}, key=lambda place: [int(part) for part in place.split(".")])
    return tuple(
        Change(where(place), old.get(place, ""), new.get(place, ""))
        for place in places
        if old.get(place) != new.get(place)
    )


def menu_toml(menu: Menu) -> str:
    """The menu as config/menu.toml; reading the file back gives the same menu."""
    parts = [HEADER]
    for button in menu.buttons:
        parts.append(_table(TABLE, button))
        parts += [_table(BELOW, entry) for entry in button.entries]
    return "\n\n".join(parts) + "\n"


def _lines(menu: Menu, meanings: Mapping[str, str]) -> dict[str, str]:
    """A button with entries is described by its name alone: what opens under it has places of its own."""
    return {
        place: f"“{each.name}”" if each.entries else f"“{each.name}”：{does(each, meanings)}"
        for place, each in menu.places()
    }


def _table(title: str, button: Button) -> str:
    details = {} if button.entries else {name: getattr(button, name) for name in ("type", *DETAILS)}
    given = {"name": button.name, **{name: value for name, value in details.items() if value}}
    return "\n".join([title, *(f"{name} = {_quoted(value)}" for name, value in given.items())])


def _quoted(value: str) -> str:
    """A TOML basic string."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(each if each.isprintable() else f"\\U{ord(each):08X}" for each in escaped) + '"'
