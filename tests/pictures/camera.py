"""One page in a real Chromium, and whether its picture may stand in a paper. A page with a problem gives no picture."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Error, Page, Request, Response

from tests.pictures.palette import indexed

LEFT_BY_THE_PAGE = "net::ERR_ABORTED"  # an event stream that ends when another page is opened
PATIENCE = 10_000  # milliseconds
LARGEST = 150_000  # bytes of one picture
WIDTH = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
SETTLED = """() => !document.querySelector(".htmx-request")
    && [...document.images].every((image) => image.complete && image.naturalWidth > 0)
    && document.fonts.status === "loaded" """


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture: where to look, and how many elements of `rows` there are at least when the page has life in it."""

    name: str
    url: str
    rows: str
    at_least: int
    scroll_to: str = ""  # an element that is brought to the top of the window


@dataclass
class Camera:
    """One browser window that remembers everything that went wrong in it."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("console", self._console)
        self.page.on("response", self._response)
        self.page.on("requestfailed", self._failed)

    def _console(self, line: ConsoleMessage) -> None:
        if line.type in {"error", "warning"}:
            self.complaints.append(f"console: {line.text}")

    def _response(self, answer: Response) -> None:
        if answer.status >= 400:
            self.complaints.append(f"status {answer.status}: {answer.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != LEFT_BY_THE_PAGE:
            self.complaints.append(f"failed: {request.url} {request.failure}")

    async def problems(self, picture: Picture) -> list[str]:
        """Open the page of a picture; everything that keeps it out of a paper."""
        self.complaints.clear()
        try:
            answer = await self.page.goto(picture.url)
            await self.page.wait_for_function(SETTLED)
        except Error as error:
            return [*self.complaints, f"not opened: {error.message.splitlines()[0]}"]
        found = []
        if answer is None or not answer.ok:
            found.append(f"answered {None if answer is None else answer.status}")
        rows = await self._rows(picture)
        if rows < picture.at_least:
            found.append(f"empty: {rows} of at least {picture.at_least} {picture.rows}")
        if (wide := await self.page.evaluate(WIDTH)) > 0:
            found.append(f"wider than the window by {wide}")
        return [*self.complaints, *found]

    async def take(self, picture: Picture, folder: Path) -> list[str]:
        """Write the picture, unless something is wrong with the page; then the file stays as it was."""
        problems = await self.problems(picture)
        if problems:
            return problems
        if picture.scroll_to:
            script = "(selector) => document.querySelector(selector)?.scrollIntoView()"
            await self.page.evaluate(script, picture.scroll_to)
        data = await indexed(self.page.context, await self.page.screenshot())
        if len(data) > LARGEST:
            return [f"{len(data)} bytes, at most {LARGEST}"]
        await asyncio.to_thread((folder / f"{picture.name}.png").write_bytes, data)
        return []

    async def _rows(self, picture: Picture) -> int:
        """How many there are, once there are enough of them or they are given up."""
        rows = self.page.locator(picture.rows)
        with suppress(Error):  # the count says what is missing
            await rows.nth(max(picture.at_least - 1, 0)).wait_for(state="visible")
        return await rows.count()


@asynccontextmanager
async def camera(
    chromium: Browser, size: Mapping[str, int], *, stored: Mapping[str, str] | None = None
) -> AsyncIterator[Camera]:
    """A window of that size with cookies of its own; `stored` is put into its session storage."""
    viewport: Any = {"width": size["width"], "height": size["height"]}
    context = await chromium.new_context(viewport=viewport, reduced_motion="reduce", locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    for name, value in (stored or {}).items():
        await context.add_init_script(f"sessionStorage.setItem({name!r}, {value!r})")
    try:
        yield Camera(await context.new_page())
    finally:
        await context.close()
