"""Which hints make an open page of the desk read its list again; the stream is the test's own."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Request, expect

from tests.browser.console_stage import DESK, standing, window
from tests.browser.desk_stage import C, until, waiting
from tests.desk_hints import changes_list
from tests.scenarios.conftest import Clinic

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
ONCE = "retry: 600000\n\n"  # the page does not ask again while the test lasts
OTHERS = {"change": "episode", "contact": "somebody", "ref": "e1", "owner": "a-colleague", "moved": False}
HINTS: list[tuple[str, dict[str, Any]]] = [
    ("waiting", OTHERS),
    ("mine", OTHERS),
    ("all", OTHERS),
    ("waiting", OTHERS | {"moved": True}),
    ("waiting", OTHERS | {"owner": ""}),
    ("mine", OTHERS | {"owner": "me"}),
    ("mine", OTHERS | {"change": "presence"}),
    ("mine", OTHERS | {"change": "line"}),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def clinic(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with standing(mongo_uri, "test_desk_hints", tmp_path_factory.mktemp("hints")) as found:
        yield found


@pytest.mark.parametrize(("shown", "hint"), HINTS)
async def test_the_list_is_read_again_when_it_may_show_something_else(
    chromium: Browser, clinic: Clinic, shown: str, hint: dict[str, Any]
) -> None:
    _, contact_id = await waiting(clinic)
    account = next(row["_id"] for row in await clinic.rows("staff") if row["login"] == "reception")
    told = hint | ({"owner": account} if hint["owner"] == "me" else {})
    last = {"change": "note", "contact": contact_id, "ref": "n1", "owner": "", "moved": True}  # reads the talk alone
    body = ONCE + "".join(f"id: {n}\nevent: hint\ndata: {json.dumps(each)}\n\n" for n, each in enumerate((told, last)))
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url.partition(C)[2].partition("?")[0])

    async with window(chromium, clinic.url, DESK) as screen:
        await screen.sign_in("reception")
        await screen.page.route(
            "**/desk/events*", lambda route: route.fulfill(content_type="text/event-stream", body=body)
        )
        screen.page.on("request", note)
        await screen.open(f"{C}/{contact_id}?list={shown}")
        await expect(screen.page.locator(f'[data-list="{shown}"]')).to_have_attribute("aria-current", "page")
        wanted = changes_list(told, account, shown)

        async def heard() -> bool:
            return f"/{contact_id}/lines" in asked and (not wanted or "/list" in asked)

        await until(heard, "the hints are taken")
        assert ("/list" in asked) is wanted, asked
