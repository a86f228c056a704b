"""What keeps a page's picture out of the papers: an error, an empty list, a browser's complaint, too wide a page."""

import asyncio
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser

from tests.browser.console_stage import DESK, PHONE
from tests.pictures.camera import LARGEST, Picture, camera
from tests.scenarios.conftest import serve

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

BRIEF = 2_000  # milliseconds
PAGE = "<!doctype html><html lang='zh'><link rel='icon' href='data:,'><body><main>{}</main></body></html>"
ROWS = "<ul>" + "<li>一行</li>" * 3 + "</ul>"
PAGES = {
    "/fine": PAGE.format(ROWS),
    "/empty": PAGE.format("<p>没有记录</p>"),
    "/script": PAGE.format(ROWS + "<script>nothing.here()</script>"),
    "/console": PAGE.format(ROWS + "<script>console.error('oh')</script>"),
    "/missing": PAGE.format(ROWS + "<script src='/nowhere.js'></script>"),
    "/refused": PAGE.format(ROWS + "<script src='http://127.0.0.1:9/x.js'></script>"),
    "/wide": PAGE.format(ROWS + "<div style='width:3000px'>宽</div>"),
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def url() -> AsyncIterator[str]:
    async def page(request: web.Request) -> web.Response:
        if request.path not in PAGES:
            raise web.HTTPNotFound(text=PAGE.format(f"<h1>没有这个页面</h1>{ROWS}"), content_type="text/html")
        return web.Response(text=PAGES[request.path], content_type="text/html")

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    async with serve(app) as address:
        yield address


async def taken(chromium: Browser, address: str, folder: Path) -> list[str]:
    """What is said of the page at that address."""
    async with camera(chromium, DESK) as screen:
        screen.page.set_default_timeout(BRIEF)  # nothing that is missing will come
        return await screen.take(Picture(name="picture", url=address, rows="main li", at_least=3), folder)


async def test_a_page_with_nothing_wrong_gives_a_small_picture(chromium: Browser, url: str, tmp_path: Path) -> None:
    assert await taken(chromium, f"{url}/fine", tmp_path) == []
    data = await asyncio.to_thread((tmp_path / "picture.png").read_bytes)
    assert struct.unpack(">II", data[16:24]) == (DESK["width"], DESK["height"])
    assert len(data) < LARGEST
    async with camera(chromium, PHONE) as screen:  # and a browser can read it
        size = await screen.page.evaluate(
            """async (hex) => {
                const bytes = Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
                const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
                return [image.width, image.height];
            }""",
            data.hex(),
        )
    assert size == [DESK["width"], DESK["height"]]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/no-such-page", "answered 404"),
        ("/empty", "empty: 0 of at least 3 main li"),
        ("/script", "script: nothing is not defined"),
        ("/console", "console: oh"),
        ("/missing", "status 404:"),
        ("/refused", "failed: http://127.0.0.1:9/x.js"),
        ("/wide", "wider than the window by"),
    ],
)
async def test_a_page_with_a_problem_gives_none(
    chromium: Browser, url: str, tmp_path: Path, path: str, words: str
) -> None:
    problems = await taken(chromium, f"{url}{path}", tmp_path)
    assert any(problem.startswith(words) for problem in problems), problems
    assert not await asyncio.to_thread((tmp_path / "picture.png").exists)


async def test_a_page_that_does_not_answer_gives_none(chromium: Browser, tmp_path: Path) -> None:
    problems = await taken(chromium, "http://127.0.0.1:9/", tmp_path)
    assert any(problem.startswith("not opened: ") for problem in problems)
    assert not await asyncio.to_thread((tmp_path / "picture.png").exists)
