"""Behind a proxy, and in browsers that are known: over HTTP, as nginx and a stranger would ask."""

from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from tests.console.conftest import PASSWORD, Browser, Clinic, OpenClinic, SignIn
from wxbot.actors import COMMAND_LINE
from wxbot.staff.permissions import Role


class Behind(Browser):
    """A browser whose requests come through a proxy that adds this address."""

    def __init__(self, session: aiohttp.ClientSession, url: str, address: str, **headers: str) -> None:
        super().__init__(session, url)
        session.headers.update({"X-Forwarded-For": address, **headers})


async def hire(clinic: Clinic, login: str = "reception") -> None:
    await clinic.app.services.staff.create(
        by=COMMAND_LINE, login=login, name=f"{login}小周", role=Role.RECEPTION, now=clinic.now, password=PASSWORD
    )


async def tries(browser: Browser, login: str, password: str) -> tuple[int, Any]:
    """Try to sign in; the status and the cookies that came with it."""
    await browser.get("/console/sign-in")
    page = await browser.post("/console/sign-in", {"login": login, "password": password}, follow=False)
    return page.status, page.headers.getall("Set-Cookie", [])  # type: ignore[attr-defined]


@pytest.fixture
def jar() -> Callable[[], aiohttp.CookieJar]:
    """A fresh cookie jar that takes cookies from addresses."""
    return lambda: aiohttp.CookieJar(unsafe=True)


async def test_behind_the_documented_proxy_a_stranger_locks_nobody_out(
    open_clinic: OpenClinic, jar: Callable[[], aiohttp.CookieJar]
) -> None:
    clinic = await open_clinic(trusted_proxies="127.0.0.1")
    await hire(clinic)
    async with aiohttp.ClientSession(cookie_jar=jar()) as bad, aiohttp.ClientSession(cookie_jar=jar()) as good:
        stranger = Behind(bad, clinic.url, "198.51.100.9")
        for number in range(26):
            await tries(stranger, f"guess{number}", "wrong wrong wrong")
        assert (await tries(stranger, "reception", PASSWORD))[0] == 429
        assert (await tries(Behind(good, clinic.url, "203.0.113.5"), "reception", PASSWORD))[0] == 303
    [session] = await clinic.rows("sessions")
    assert session["source"] == "203.0.113.5"


async def test_a_browser_that_signed_in_before_is_let_through_where_the_rest_is_throttled(
    open_clinic: OpenClinic, jar: Callable[[], aiohttp.CookieJar]
) -> None:
    clinic = await open_clinic()
    await hire(clinic)
    async with aiohttp.ClientSession(cookie_jar=jar()) as known, aiohttp.ClientSession(cookie_jar=jar()) as bad:
        mine, stranger = Browser(known, clinic.url), Browser(bad, clinic.url)
        _, cookies = await tries(mine, "reception", PASSWORD)
        [device] = [cookie for cookie in cookies if cookie.startswith("wxbot_device_")]
        assert "HttpOnly" in device
        assert "SameSite=Strict" in device
        assert "Path=/console/sign-in" in device
        await mine.get("/console/")
        await mine.post("/console/sign-out")
        for _ in range(6):
            await tries(stranger, "reception", "wrong wrong wrong")  # from the same address
        assert (await tries(stranger, "reception", PASSWORD))[0] == 429
        assert (await tries(mine, "reception", PASSWORD))[0] == 303


async def test_a_wrong_password_makes_no_browser_known(sign_in: SignIn) -> None:
    await sign_in(Role.RECEPTION)
    _, cookies = await tries(await sign_in(None), "reception", "wrong wrong wrong")
    assert [cookie for cookie in cookies if "device" in cookie] == []


async def test_by_https_the_cookie_of_a_known_browser_is_secure(
    open_clinic: OpenClinic, jar: Callable[[], aiohttp.CookieJar]
) -> None:
    clinic = await open_clinic(trusted_proxies="127.0.0.1")
    await hire(clinic)
    async with aiohttp.ClientSession(cookie_jar=jar()) as http:
        browser = Behind(http, clinic.url, "203.0.113.5", **{"X-Forwarded-Proto": "https"})
        page = await browser.get("/console/sign-in")
        cookie = page.headers["Set-Cookie"]
        assert cookie.startswith("__Host-wxbot_form=")
        assert "Secure" in cookie
        assert "Strict-Transport-Security" in page.headers
        form = cookie.partition(";")[0]
        data = {"csrf": browser.csrf, "login": "reception", "password": PASSWORD}
        async with http.post(
            f"{clinic.url}/console/sign-in", data=data, headers={"Cookie": form}, allow_redirects=False
        ) as answer:
            given = answer.headers.getall("Set-Cookie")
        [device] = [each for each in given if each.startswith("__Secure-wxbot_device_")]
        assert "Secure" in device.split("; ")


async def test_behind_a_proxy_that_is_not_named_nobody_signs_in_and_the_health_page_says_why(
    open_clinic: OpenClinic, jar: Callable[[], aiohttp.CookieJar], sign_in: SignIn
) -> None:
    clinic = await open_clinic(demo=False)
    inside = await sign_in(Role.ADMIN, at=clinic)
    async with aiohttp.ClientSession(cookie_jar=jar()) as http:
        page = await Behind(http, clinic.url, "203.0.113.5").get("/console/sign-in")
    assert page.status == 503
    assert "WXBOT_TRUSTED_PROXIES" in page.text
    health = await inside.get("/console/settings/account")
    assert health.shows("127.0.0.1", "WXBOT_TRUSTED_PROXIES")


async def test_a_header_from_nowhere_changes_no_address(
    open_clinic: OpenClinic, jar: Callable[[], aiohttp.CookieJar]
) -> None:
    clinic = await open_clinic()
    await hire(clinic)
    async with aiohttp.ClientSession(cookie_jar=jar()) as http:
        assert (await tries(Behind(http, clinic.url, "203.0.113.5"), "reception", PASSWORD))[0] == 303
    [session] = await clinic.rows("sessions")
    assert session["source"] == "127.0.0.1"
