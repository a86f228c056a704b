"""Is this a menu the platform would take? (reference §7.6) Answers in sentences for staff, before anything is sent."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TOP = 3  # entries side by side
SUB = 5  # entries under one of them
TOP_BYTES = 16  # of a name; four Chinese characters are shown
SUB_BYTES = 60  # of a name; eight are shown
KEY_BYTES = 128
URL_BYTES = 1024
MINI_PROGRAM = re.compile(r"wx[0-9a-z]{16}")
NEEDS: Mapping[str, tuple[str, ...]] = {
    "click": ("key",),
    "view": ("url",),
    "miniprogram": ("url", "appid", "pagepath"),
    "scancode_push": ("key",),
    "scancode_waitmsg": ("key",),
    "pic_sysphoto": ("key",),
    "pic_photo_or_album": ("key",),
    "pic_weixin": ("key",),
    "location_select": ("key",),
    "article_id": ("article_id",),
    "article_view_limited": ("article_id",),
}


@dataclass(frozen=True)
class Flaw:
    """One thing the platform would refuse. `place` is "" for the whole menu, "1" for a button, "1.2" for an entry."""

    place: str
    field: str  # name, type, key, url, appid, pagepath; "" for the entry itself
    says: str  # without naming the place

    @property
    def sentence(self) -> str:
        """The flaw with its place, for a list of all of them."""
        return f"{where(self.place)}{self.says}"


def problems(menu: Mapping[str, Any]) -> list[str]:
    """What is wrong with `{"button": […]}`; none when the platform would take it."""
    return [flaw.sentence for flaw in flaws(menu)]


def flaws(menu: Mapping[str, Any]) -> list[Flaw]:
    """The same, place by place."""
    buttons = menu.get("button")
    if not isinstance(buttons, list) or not buttons:
        return [Flaw("", "", "菜单里没有按钮：需要一个 button 列表。")]
    found = []
    if len(buttons) > TOP:
        found.append(Flaw("", "", f"一级菜单最多 {TOP} 个，现在有 {len(buttons)} 个。"))
    for number, button in enumerate(buttons, 1):
        found += _top(button, str(number))
    return found


def where(place: str) -> str:
    """A place in words: "1.2" is 第 1 个一级菜单的第 2 个二级菜单; the whole menu has none."""
    top, _, below = place.partition(".")
    words = f"第 {top} 个一级菜单" if top else ""
    return f"{words}的第 {below} 个二级菜单" if below else words


def most_bytes(place: str) -> int:
    """How many bytes a name may have at that place."""
    return SUB_BYTES if "." in place else TOP_BYTES


def _top(button: Any, place: str) -> Iterator[Flaw]:
    if not isinstance(button, Mapping):
        yield Flaw(place, "", "不是一个按钮。")
        return
    yield from _name(button, place)
    entries = button.get("sub_button")
    if not entries:
        yield from _action(button, place)
        return
    if not isinstance(entries, list):
        yield Flaw(place, "", "的 sub_button 不是列表。")
        return
    if button.get("type"):
        yield Flaw(place, "type", "既有二级菜单又有类型，只能保留一个。")
    if len(entries) > SUB:
        yield Flaw(place, "", f"的二级菜单最多 {SUB} 个，现在有 {len(entries)} 个。")
    for number, entry in enumerate(entries, 1):
        yield from _sub(entry, f"{place}.{number}")


def _sub(entry: Any, place: str) -> Iterator[Flaw]:
    if not isinstance(entry, Mapping):
        yield Flaw(place, "", "不是一个按钮。")
    elif entry.get("sub_button"):
        yield Flaw(place, "", "不能再有下级菜单。")
    else:
        yield from _name(entry, place)
        yield from _action(entry, place)


def _name(button: Mapping[str, Any], place: str) -> Iterator[Flaw]:
    name, most = button.get("name"), most_bytes(place)
    if not isinstance(name, str) or not name.strip():
        yield Flaw(place, "name", "没有名称。")
    elif len(name.encode()) > most:
        yield Flaw(
            place,
            "name",
            f"的名称“{name}”太长：最多 {most} 字节（{most // 3} 个汉字左右），现在是 {len(name.encode())} 字节。",
        )


def _action(button: Mapping[str, Any], place: str) -> Iterator[Flaw]:
    kind = button.get("type")
    needed = NEEDS.get(kind) if isinstance(kind, str) else None
    if needed is None:
        yield Flaw(place, "type", f"的类型不正确：可用的类型有 {'、'.join(NEEDS)}。")
        return
    for name in needed:
        if not isinstance(button.get(name), str) or not button[name].strip():
            yield Flaw(place, name, f"缺少 {name}。")
    yield from _lengths(button, place, needed)


def _lengths(button: Mapping[str, Any], place: str, needed: tuple[str, ...]) -> Iterator[Flaw]:
    key, url, app_id = (button.get(name) if name in needed else None for name in ("key", "url", "appid"))
    if isinstance(key, str) and len(key.encode()) > KEY_BYTES:
        yield Flaw(place, "key", f"的 key 太长：最多 {KEY_BYTES} 字节。")
    if isinstance(url, str) and url and not url.startswith(("http://", "https://")):
        yield Flaw(place, "url", "的链接必须以 http:// 或 https:// 开头。")
    if isinstance(url, str) and len(url.encode()) > URL_BYTES:
        yield Flaw(place, "url", f"的链接太长：最多 {URL_BYTES} 字节。")
    if isinstance(app_id, str) and app_id and not MINI_PROGRAM.fullmatch(app_id):
        yield Flaw(place, "appid", "的小程序 appid 不正确：应为 wx 加 16 位小写字母或数字。")
