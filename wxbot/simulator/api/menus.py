"""The account's menu (reference §7.6)."""

from typing import Any

from wxbot.simulator import menu
from wxbot.simulator.api.endpoint import GET, OK, POST, Answer, Call, Endpoint
from wxbot.simulator.errors import ApiError


def create(call: Call) -> Answer:
    r"""POST /cgi-bin/menu/create. A body with `\uXXXX` escapes is refused (40033)."""
    if menu.has_escapes(call.raw):
        raise ApiError(40033)
    call.platform.menu = menu.checked(call.body)
    call.platform.menu_id += 1
    call.platform.listeners.tell("menu")
    return OK


def get(call: Call) -> Answer:
    """GET /cgi-bin/menu/get."""
    if call.platform.menu is None:
        raise ApiError(46003)
    return {"menu": call.platform.menu}


def delete(call: Call) -> Answer:
    """GET /cgi-bin/menu/delete."""
    call.platform.menu = None
    call.platform.listeners.tell("menu")
    return OK


def current(call: Call) -> Answer:
    """GET /cgi-bin/get_current_selfmenu_info: the same menu in the console's shape."""
    if call.platform.menu is None:
        return {"is_menu_open": 0, "selfmenu_info": {"button": []}}
    return {"is_menu_open": 1, "selfmenu_info": {"button": [_shown(each) for each in call.platform.menu["button"]]}}


def _shown(button: dict[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in button.items() if name != "sub_button"}
    inner = button["sub_button"]
    return own | ({"sub_button": {"list": [_shown(each) for each in inner]}} if inner else {})


ENDPOINTS = (
    Endpoint(POST, "/cgi-bin/menu/create", create),
    Endpoint(GET, "/cgi-bin/menu/get", get),
    Endpoint(GET, "/cgi-bin/menu/delete", delete),
    Endpoint(GET, "/cgi-bin/get_current_selfmenu_info", current),
)
