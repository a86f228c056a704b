"""The Official Account's menu and scene QR codes as values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

DETAILS = ("key", "url", "appid", "pagepath")  # what a button may carry beside its name and type


@dataclass(frozen=True, kw_only=True)
class Button:
    """One entry of the menu. With `entries` it only opens them and has neither type nor details."""

    name: str
    type: str = ""  # click, view, miniprogram … (reference §7.6)
    key: str = ""
    url: str = ""
    appid: str = ""
    pagepath: str = ""
    entries: "tuple[Button, ...]" = ()

    def wire(self) -> dict[str, Any]:
        """The platform's form."""
        if self.entries:
            return {"name": self.name, "sub_button": [entry.wire() for entry in self.entries]}
        details = {name: getattr(self, name) for name in DETAILS if getattr(self, name)}
        return {"type": self.type, "name": self.name, **details}


@dataclass(frozen=True, kw_only=True)
class Menu:
    """The account's menu: at most three buttons with at most five entries each."""

    buttons: tuple[Button, ...] = ()

    def wire(self) -> dict[str, Any]:
        """The body of `/cgi-bin/menu/create`."""
        return {"button": [button.wire() for button in self.buttons]}

    def places(self) -> Iterator[tuple[str, Button]]:
        """Every button and entry with its place: "1" is the first button, "1.2" the second entry under it."""
        for number, button in enumerate(self.buttons, 1):
            yield str(number), button
            for below, entry in enumerate(button.entries, 1):
                yield f"{number}.{below}", entry


def menu_of(wire: Mapping[str, Any]) -> Menu:
    """The menu in `{"button": […]}`, also as `get_current_selfmenu_info` writes it (sub_button: {list: […]}).

    What only the platform's own console can make keeps its type and loses its details.
    """
    return Menu(buttons=tuple(_button(each) for each in wire.get("button") or () if isinstance(each, Mapping)))


def _button(wire: Mapping[str, Any]) -> Button:
    below = wire.get("sub_button") or ()
    if isinstance(below, Mapping):
        below = below.get("list") or ()
    entries = tuple(_button(each) for each in below if isinstance(each, Mapping))
    if entries:
        return Button(name=str(wire.get("name", "")), entries=entries)
    name, kind, key, url, appid, pagepath = (str(wire.get(each) or "") for each in ("name", "type", *DETAILS))
    return Button(name=name, type=kind, key=key, url=url, appid=appid, pagepath=pagepath)


@dataclass(frozen=True, kw_only=True)
class MenuDraft:
    """The menu being worked on. `revision` 0: still as the file says, nobody has touched it here."""

    id: str
    menu: Menu
    by: str
    at: datetime
    revision: int = 0


@dataclass(frozen=True, kw_only=True)
class MenuVersion:
    """A menu that was sent to WeChat, or was about to be: `pushed_at` is set once the platform has taken it."""

    id: str
    number: int
    menu: Menu
    by: str
    at: datetime
    pushed_at: datetime | None = None
    note: str = ""  # e.g. which version it brings back


class ScenePurpose(StrEnum):
    """What a scene QR code is for."""

    CHANNEL = "channel"  # 渠道: a poster, an article, an event
    DESK = "desk"  # 到店: on the desk or in the waiting room
    PRACTITIONER = "practitioner"  # 医生: on a doctor's card
    ARRIVAL = "arrival"  # 到诊签到: at reception; who scans it is here


PURPOSE_NAMES: Mapping[ScenePurpose, str] = {
    ScenePurpose.CHANNEL: "渠道推广",
    ScenePurpose.DESK: "到店前台",
    ScenePurpose.PRACTITIONER: "医生名片",
    ScenePurpose.ARRIVAL: "到诊签到",
}


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Somebody whom a code brought to the account."""

    contact_id: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A scene QR code. `url` is empty until the platform has made the code."""

    id: str
    request: str  # the form it came from: the same form sent twice makes one code
    scene: str  # what WeChat reports when it is scanned: opaque, anybody can read it (reference §7.5)
    label: str
    purpose: ScenePurpose
    by: str
    at: datetime
    practitioner_id: str = ""
    lasts_days: int | None = None  # None: for good
    ticket: str = ""
    url: str = ""
    expires_at: datetime | None = None
    scans: int = 0
    followers: int = 0  # who began to follow through it
    last_scan_at: datetime | None = None
    newcomers: tuple[Newcomer, ...] = ()  # the latest of them, newest first
    counted: tuple[str, ...] = ()  # pushes already counted, the latest; one that comes again counts once
    archived: bool = False
    revision: int = 0

    def over(self, now: datetime) -> bool:
        """Whether scanning it no longer works."""
        return self.expires_at is not None and self.expires_at <= now
