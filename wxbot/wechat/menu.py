"""Is this a menu the platform would take? (reference §7.6) Answers in sentences for staff, before anything is sent."""

import re
from collections.abc import Mapping
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


def problems(menu: Mapping[str, Any]) -> list[str]:
    """What is wrong with `{"button": […]}`; none when the platform would take it."""
    buttons = menu.get("button")
    if not isinstance(buttons, list) or not buttons:
        return ["菜单里没有按钮：需要一个 button 列表。"]
    found = []
    if len(buttons) > TOP:
        found.append(f"一级菜单最多 {TOP} 个，现在有 {len(buttons)} 个。")
    for number, button in enumerate(buttons, 1):
        where = f"第 {number} 个一级菜单"
        if not isinstance(button, Mapping):
            found.append(f"{where}不是一个按钮。")
            continue
        found += _name(button, where, TOP_BYTES)
        if button.get("sub_button"):
            found += _parent(button, where)
        else:
            found += _action(button, where)
    return found


def _parent(button: Mapping[str, Any], where: str) -> list[str]:
    entries = button["sub_button"]
    if not isinstance(entries, list):
        return [f"{where}的 sub_button 不是列表。"]
    found = []
    if button.get("type"):
        found.append(f"{where}既有二级菜单又有类型，只能保留一个。")
    if len(entries) > SUB:
        found.append(f"{where}的二级菜单最多 {SUB} 个，现在有 {len(entries)} 个。")
    for number, entry in enumerate(entries, 1):
        place = f"{where}的第 {number} 个二级菜单"
        if not isinstance(entry, Mapping):
            found.append(f"{place}不是一个按钮。")
        elif entry.get("sub_button"):
            found.append(f"{place}不能再有下级菜单。")
        else:
            found += _name(entry, place, SUB_BYTES) + _action(entry, place)
    return found


def _name(button: Mapping[str, Any], where: str, most: int) -> list[str]:
    name = button.get("name")
    if not isinstance(name, str) or not name.strip():
        return [f"{where}没有名称。"]
    if len(name.encode()) > most:
        return [f"{where}的名称“{name}”太长：最多 {most} 字节（{most // 3} 个汉字左右）。"]
    return []


def _action(button: Mapping[str, Any], where: str) -> list[str]:
    kind = button.get("type")
    needed = NEEDS.get(kind) if isinstance(kind, str) else None
    if needed is None:
        return [f"{where}的类型不正确：可用的类型有 {'、'.join(NEEDS)}。"]
    found = [
        f"{where}缺少 {name}。" for name in needed if not isinstance(button.get(name), str) or not button[name].strip()
    ]
    return found + _lengths(button, where, needed)


def _lengths(button: Mapping[str, Any], where: str, needed: tuple[str, ...]) -> list[str]:
    found = []
    key, url, app_id = (button.get(name) if name in needed else None for name in ("key", "url", "appid"))
    if isinstance(key, str) and len(key.encode()) > KEY_BYTES:
        found.append(f"{where}的 key 太长：最多 {KEY_BYTES} 字节。")
    if isinstance(url, str) and url and not url.startswith(("http://", "https://")):
        found.append(f"{where}的链接必须以 http:// 或 https:// 开头。")
    if isinstance(url, str) and len(url.encode()) > URL_BYTES:
        found.append(f"{where}的链接太长：最多 {URL_BYTES} 字节。")
    if isinstance(app_id, str) and app_id and not MINI_PROGRAM.fullmatch(app_id):
        found.append(f"{where}的小程序 appid 不正确：应为 wx 加 16 位小写字母或数字。")
    return found
