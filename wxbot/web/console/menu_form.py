"""The menu as a form of three buttons with five entries each, and back. Field names: `p1_name`, `p1_2_url`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wxbot.account.menu_rules import SUB, TOP, Flaw, most_bytes
from wxbot.account.menu_words import TYPE_NAMES
from wxbot.account.models import DETAILS, Button, Menu, menu_of
from wxbot.web.console.forms import WHOLE, Form, remembered, whole_number

OPENS = "entries"  # the type of a button that only opens its entries
OFFERED = ("click", "view", "miniprogram")  # what can be chosen; another type a menu already has is kept
WORDS = {"key": "点击后做什么", "url": "网页地址", "appid": "小程序 AppID", "pagepath": "小程序页面"}


@dataclass(frozen=True)
class Place:
    """One row of the form: `id` is the prefix of its fields."""

    place: str
    id: str
    most: int  # bytes of its name
    entries: "tuple[Place, ...]" = ()


def _place(place: str, entries: tuple[Place, ...] = ()) -> Place:
    return Place(place, "p" + place.replace(".", "_"), most_bytes(place), entries)


PLACES = tuple(
    _place(str(top), tuple(_place(f"{top}.{below}") for below in range(1, SUB + 1))) for top in range(1, TOP + 1)
)


def filled_form(menu: Menu, revision: int, base: Menu | None = None) -> Form:
    """The form of a stored menu. It carries the menu it began with, to show later what others changed."""
    form = Form()
    form.values["revision"] = str(revision)
    form.values["base"] = json.dumps((base or menu).wire(), ensure_ascii=False)
    for place, button in menu.places():
        row = "p" + place.replace(".", "_")
        form.values[f"{row}_name"] = button.name
        form.values[f"{row}_type"] = OPENS if button.entries else button.type
        for detail in DETAILS:
            form.values[f"{row}_{detail}"] = getattr(button, detail)
    return form


def menu_in(form: Form) -> Menu:
    """The menu that was typed. Rows without a name and an action are left out; details other types need, too."""
    buttons = []
    for top in PLACES:
        button = _button(form, top)
        if form.get(f"{top.id}_type") == OPENS:
            entries = tuple(entry for entry in (_button(form, place) for place in top.entries) if entry is not None)
            button = Button(name=form.get(f"{top.id}_name"), entries=entries)
            if not button.name and not entries:
                button = None
        if button is not None:
            buttons.append(button)
    return Menu(buttons=tuple(buttons))


def base_in(form: Form) -> Menu:
    """The menu the form began with; empty when that cannot be read."""
    return menu_of(remembered(form.get("base")))


def complaints(form: Form, flaws: Sequence[Flaw]) -> dict[str, str]:
    """Field of the form → what is wrong. Places count what is there, so they are found again by walking the form."""
    rows = _rows(form)
    found: dict[str, str] = {}
    for flaw in flaws:
        row = rows.get(flaw.place, "")
        words = flaw.says
        for name, title in WORDS.items():
            words = words.replace(f"缺少 {name}", f"请填写{title}")
        words = words.removeprefix("的").removeprefix("里的")
        found.setdefault(f"{row}_{flaw.field or 'name'}" if row else WHOLE, words if row else flaw.sentence)
    return found


def moved(menu: Menu, place: str) -> Menu:
    """The menu with that button or entry one place further up; the same when it is the first."""
    top, _, below = place.partition(".")
    if not below:
        return replace(menu, buttons=_up(menu.buttons, top))
    buttons = [
        replace(button, entries=_up(button.entries, below)) if str(number) == top else button
        for number, button in enumerate(menu.buttons, 1)
    ]
    return replace(menu, buttons=tuple(buttons))


def types_for(current: str) -> tuple[tuple[str, str], ...]:
    """What a row may do, and what it does already even if that cannot be chosen here."""
    names = dict.fromkeys((*OFFERED, *([current] if current and current not in {OPENS, *OFFERED} else [])))
    return tuple((name, TYPE_NAMES.get(name, name)) for name in names)


def place_of_row(form: Form, row: str) -> str:
    """The place in the menu of a row of the form; empty when the row is empty."""
    return next((place for place, each in _rows(form).items() if each == row), "")


def _rows(form: Form) -> dict[str, str]:
    """Place in the menu → row of the form."""
    rows: dict[str, str] = {}
    number = 0
    for top in PLACES:
        opens = form.get(f"{top.id}_type") == OPENS
        below = [place for place in top.entries if _button(form, place) is not None] if opens else []
        if _button(form, top) is None and not below:
            continue
        number += 1
        rows[str(number)] = top.id
        rows |= {f"{number}.{count}": place.id for count, place in enumerate(below, 1)}
    return rows


def _button(form: Form, place: Place) -> Button | None:
    name, kind = form.get(f"{place.id}_name"), form.get(f"{place.id}_type")
    details = {detail: form.get(f"{place.id}_{detail}") for detail in DETAILS}
    if not name and not (kind and kind != OPENS and any(details.values())):
        return None
    if kind == "view":
        details |= {"key": "", "appid": "", "pagepath": ""}
    elif kind == "click":
        details |= {"url": "", "appid": "", "pagepath": ""}
    elif kind == "miniprogram":
        details |= {"key": ""}
    key, url, appid, pagepath = details.values()
    return Button(name=name, type="" if kind == OPENS else kind, key=key, url=url, appid=appid, pagepath=pagepath)


def _up(row: tuple[Button, ...], number: str) -> tuple[Button, ...]:
    at = whole_number(number, 1) - 1
    if not 0 < at < len(row):
        return row
    return (*row[: at - 1], row[at], row[at - 1], *row[at + 1 :])
