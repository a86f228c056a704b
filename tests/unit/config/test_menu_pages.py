"""Menu entries that open a page of ours where there is a public address."""

import pytest
from pydantic import ValidationError

from config.content import load_content
from config.menu_file import MenuEntry

URL = "https://clinic.example.cn"


def test_an_entry_opens_its_page_only_where_there_is_a_public_address() -> None:
    entry = MenuEntry(name="预约", type="click", key="BOOK", page="/w/book")
    assert entry.wire() == {"type": "click", "name": "预约", "key": "BOOK"}
    assert entry.wire(URL) == {"type": "view", "name": "预约", "url": f"{URL}/w/book"}


def test_the_shipped_menu_leads_to_the_pages_and_keeps_the_chat() -> None:
    menu = load_content().menu
    buttons = menu.wire(URL)["button"]
    urls = [entry["url"] for button in buttons for entry in button.get("sub_button", [button]) if "url" in entry]
    assert urls == [f"{URL}/w/book", f"{URL}/w/appointments", f"{URL}/w/me"]
    assert {"BOOK", "MY_APPOINTMENTS", "PROFILE", "HUMAN", "CONSENT"} <= menu.keys()
    assert "view" not in str(menu.wire())


@pytest.mark.parametrize("page", ["https://a.example/", "/console/", "/w/../console", "/w/book?x=1", "w/book"])
def test_a_page_is_one_of_ours(page: str) -> None:
    with pytest.raises(ValidationError):
        MenuEntry(name="预约", type="click", key="BOOK", page=page)


def test_a_view_takes_no_page() -> None:
    with pytest.raises(ValidationError):
        MenuEntry(name="预约", type="view", url=URL, page="/w/book")
