"""The account's menu: what may be created, and finding the button a patient taps (reference §7.6)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wxbot.simulator.errors import ApiError

TOP_BUTTONS = 3
SUB_BUTTONS = 5
TOP_NAME_BYTES = 16
SUB_NAME_BYTES = 60
KEY_BYTES = 128
URL_BYTES = 1024

# What a button of each type must carry.
NEEDS: dict[str, tuple[str, ...]] = {
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
    "media_id": ("media_id",),
    "view_limited": ("media_id",),
}
_ESCAPED = re.compile(r"(?<!\\)(?:\\\\)*\\u[0-9a-fA-F]{4}")


@dataclass(frozen=True)
class _Codes:
    """The error codes of one level of the menu."""

    count: int
    kind: int
    name: int
    key: int
    url: int


_TOP = _Codes(40016, 40017, 40018, 40019, 40020)
_SUB = _Codes(40023, 40024, 40025, 40026, 40027)


def has_escapes(raw: bytes) -> bool:
    r"""Whether a JSON text writes characters as `\uXXXX` (40033 for menus)."""
    return b"\\u" in raw and _ESCAPED.search(raw.decode("utf-8", "replace")) is not None


def checked(body: dict[str, Any]) -> dict[str, Any]:
    """The menu to keep. Raises ApiError 40015-40027 for what breaks the structure."""
    buttons = body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= TOP_BUTTONS:
        raise ApiError(_TOP.count)
    return {"button": [_top(button) for button in buttons]}


def _top(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise ApiError(_TOP.kind)
    name = _name(button, TOP_NAME_BYTES, _TOP)
    inner = button.get("sub_button")
    if not inner:
        return {"name": name, **_leaf(button, _TOP), "sub_button": []}
    if button.get("type"):
        raise ApiError(_TOP.kind, "type and sub_button exclude each other")
    if not isinstance(inner, list) or len(inner) > SUB_BUTTONS:
        raise ApiError(_SUB.count)
    return {"name": name, "sub_button": [_sub(item) for item in inner]}


def _sub(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict) or button.get("sub_button"):
        raise ApiError(_SUB.kind)
    return {"name": _name(button, SUB_NAME_BYTES, _SUB), **_leaf(button, _SUB), "sub_button": []}


def _name(button: dict[str, Any], most: int, codes: _Codes) -> str:
    name = button.get("name")
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= most:
        raise ApiError(codes.name)
    return name


def _leaf(button: dict[str, Any], codes: _Codes) -> dict[str, Any]:
    kind = button.get("type")
    if kind not in NEEDS:
        raise ApiError(codes.kind)
    kept: dict[str, Any] = {"type": kind}
    for member in NEEDS[kind]:
        value = button.get(member)
        code = codes.key if member == "key" else codes.url if member == "url" else 40035
        most = KEY_BYTES if member == "key" else URL_BYTES
        if not isinstance(value, str) or not 1 <= len(value.encode()) <= most:
            raise ApiError(code)
        if member == "url" and not value.startswith(("http://", "https://")):
            raise ApiError(40055 if codes is _TOP else 40054)
        kept[member] = value
    return kept


def leaves(menu: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    """The buttons that do something, in reading order."""
    for button in (menu or {}).get("button", ()):
        if button["sub_button"]:
            yield from button["sub_button"]
        else:
            yield button


def find(menu: dict[str, Any] | None, wanted: str | int) -> dict[str, Any] | None:
    """The button with this key, name, URL, page or place.

    A place is "1" for the second top button and "1.2" for the third entry below it; 1 is the same as "1".
    A parent found by name has no type: tapping it only opens its list.
    """
    if isinstance(wanted, int):
        wanted = str(wanted)
    acting = list(leaves(menu))
    for member in ("key", "name", "url", "pagepath", "article_id", "media_id"):
        for button in acting:
            if button.get(member) == wanted:
                return button
    parents: list[dict[str, Any]] = (menu or {}).get("button", [])
    for button in parents:
        if button["name"] == wanted:
            return button
    place = re.fullmatch(r"(\d)(?:[.,:/-](\d))?", wanted)
    if place is None:
        return None
    top = parents[int(place[1])] if int(place[1]) < len(parents) else None
    if top is None or place[2] is None:
        return top
    inner: list[dict[str, Any]] = top["sub_button"]
    return inner[int(place[2])] if int(place[2]) < len(inner) else None
