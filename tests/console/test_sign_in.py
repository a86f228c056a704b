"""Signing in over HTTP: cookies, pauses, expiry, the second factor, and what nobody may post."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import aiohttp
import pyotp
import pytest

from tests.console.conftest import PASSWORD, Browser, Clinic, OpenClinic, SignIn
from wxbot.actors import COMMAND_LINE
from wxbot.staff.permissions import Role

Wait = Callable[[timedelta], None]
NEW = "three unrelated words"


@pytest.fixture
def wait(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> Wait:
    """Real time passes, as sessions and pauses see it; otherwise it stands still."""
    began, passed = clinic.app.clock.machine_now(), [timedelta(0)]

    def machine_now() -> datetime:
        return began + passed[0]

    def pass_by(span: timedelta) -> None:
        passed[0] += span

    monkeypatch.setattr(clinic.app.clock, "machine_now", machine_now)
    return pass_by


async def knock(browser: Browser, login: str, password: str) -> tuple[int, str]:
    """Try to sign in: the status and the text of what is answered."""
    await browser.get("/console/sign-in")
    page = await browser.post("/console/sign-in", {"login": login, "password": password})
    return page.status, page.text


async def test_the_session_cookie_is_for_the_browser_alone(sign_in: SignIn) -> None:
    await sign_in(Role.RECEPTION)
    browser = await sign_in(None)
    await browser.get("/console/sign-in")
    page = await browser.post("/console/sign-in", {"login": "reception", "password": PASSWORD}, follow=False)

    cookies = page.headers.getall("Set-Cookie")  # type: ignore[attr-defined]
    [session] = [cookie for cookie in cookies if cookie.startswith("wxbot_session=")]
    assert (page.status, page.headers["Location"]) == (303, "/console/")
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session
    assert "Secure" not in session


async def test_reached_by_https_the_cookies_are_bound_to_the_host(open_clinic: OpenClinic) -> None:
    clinic = await open_clinic(public_url="https://clinic.example.cn")
    async with aiohttp.ClientSession() as http, http.get(f"{clinic.url}/console/sign-in") as answer:
        [cookie] = answer.headers.getall("Set-Cookie")
        assert cookie.startswith("__Host-wxbot_form=")
        assert "Secure" in cookie
        assert "Path=/;" in f"{cookie};"
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_pages_are_kept_in_no_cache_and_files_are(admin: Browser) -> None:
    page = await admin.get("/console/me")
    assert page.headers["Cache-Control"] == "no-store"
    [address] = re.findall(r'href="(/console/static/console\.css\?v=[^"]+)"', page.text)
    assert "immutable" in (await admin.get(address)).headers["Cache-Control"]


async def test_after_signing_in_one_is_where_one_wanted_to_go(sign_in: SignIn) -> None:
    await sign_in(Role.RECEPTION)
    browser = await sign_in(None)
    page = await browser.get("/console/me?from=mail")
    assert page.path == "/console/sign-in"
    assert 'name="next" value="/console/me?from=mail"' in page.text
    fields = {"login": "reception", "password": PASSWORD, "next": "/console/me?from=mail"}
    assert (await browser.post("/console/sign-in", fields)).path == "/console/me"


@pytest.mark.parametrize(
    "target",
    ["https://elsewhere.example/", "//elsewhere.example/", "//[elsewhere", "/console/../elsewhere", "/\\elsewhere"],
)
async def test_nobody_is_sent_elsewhere_after_signing_in(sign_in: SignIn, target: str) -> None:
    await sign_in(Role.RECEPTION)
    browser = await sign_in(None)
    await browser.get("/console/sign-in")
    fields = {"login": "reception", "password": PASSWORD, "next": target}
    page = await browser.post("/console/sign-in", fields, follow=False)
    assert "elsewhere" not in page.headers["Location"]
    assert page.headers["Location"].startswith("/console/")


@pytest.mark.parametrize("header", ["HX-Current-URL", "Referer", "Origin"])
async def test_an_address_that_is_none_in_a_header_is_no_fault_of_ours(sign_in: SignIn, header: str) -> None:
    browser = await sign_in(None)
    await browser.get("/console/sign-in")
    browser.session.headers[header] = "http://[nonsense"
    assert (await browser.get("/console/patients", htmx=True)).status in {200, 401}
    assert (await browser.post("/console/sign-in", {"login": "nobody", "password": PASSWORD})).status in {200, 403}
    assert (await browser.post("/console/me/password", {})).status in {200, 403}


async def test_a_fragment_for_nobody_leads_to_the_sign_in_page(sign_in: SignIn) -> None:
    browser = await sign_in(None)
    page = await browser.get("/console/patients/found?q=w", htmx=True)
    assert (page.status, page.headers["HX-Redirect"]) == (401, "/console/sign-in")


async def test_wrong_and_unknown_are_answered_alike_and_the_login_stays(sign_in: SignIn) -> None:
    await sign_in(Role.RECEPTION)
    browser = await sign_in(None)
    status, wrong = await knock(browser, "reception", "wrong wrong wrong")
    _, unknown = await knock(browser, "<b>nobody</b>", "wrong wrong wrong")
    assert status == 200
    assert "登录名或密码不对" in wrong
    assert "登录名或密码不对" in unknown
    assert 'value="reception"' in wrong
    assert "&lt;b&gt;nobody" in unknown
    assert "wrong wrong wrong" not in wrong


async def test_after_five_failures_even_the_right_password_waits(sign_in: SignIn, wait: Wait) -> None:
    await sign_in(Role.RECEPTION)
    browser = await sign_in(None)
    for _ in range(5):
        await knock(browser, "reception", "wrong wrong wrong")

    status, words = await knock(browser, "reception", PASSWORD)
    assert status == 429
    assert "1 分钟后再试" in words
    wait(timedelta(minutes=1))
    assert "今日" in (await knock(browser, "reception", PASSWORD))[1]


async def test_a_sign_in_form_that_is_not_ours_is_refused(clinic: Clinic, sign_in: SignIn) -> None:
    await sign_in(Role.RECEPTION)
    browser = await sign_in(None)
    fields = {"login": "reception", "password": PASSWORD}
    assert (await browser.post("/console/sign-in", fields)).status == 403
    await browser.get("/console/sign-in")
    assert (await browser.post("/console/sign-in", fields, csrf="0" * 64)).status == 403
    stranger = await sign_in(None)
    await stranger.get("/console/sign-in")
    assert (await browser.post("/console/sign-in", fields, csrf=stranger.csrf)).status == 403
    assert len(await clinic.rows("sessions")) == 1


async def test_the_token_of_one_session_is_worth_nothing_in_another(sign_in: SignIn, admin: Browser) -> None:
    other = await sign_in(Role.MANAGER)
    assert (await admin.post("/console/sign-out", csrf=other.csrf)).status == 403
    assert (await admin.get("/console/me")).path == "/console/me"


async def test_idle_for_half_an_hour_one_signs_in_again(admin: Browser, wait: Wait) -> None:
    wait(timedelta(minutes=29))
    assert (await admin.get("/console/me")).path == "/console/me"
    wait(timedelta(minutes=29))
    assert (await admin.get("/console/me")).path == "/console/me"
    wait(timedelta(minutes=30))
    assert (await admin.get("/console/me")).path == "/console/sign-in"


async def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(admin: Browser, wait: Wait) -> None:
    for _ in range(3):
        wait(timedelta(minutes=14))
        page = await admin.get("/console/me/wechat/state", htmx=True)
    assert page.status == 401


async def test_after_twelve_hours_everybody_signs_in_again(admin: Browser, wait: Wait) -> None:
    for _ in range(35):
        wait(timedelta(minutes=20))
        assert (await admin.get("/console/me")).path == "/console/me"
    wait(timedelta(minutes=20))
    assert (await admin.get("/console/me")).path == "/console/sign-in"


async def test_signed_out_the_old_cookie_opens_nothing(clinic: Clinic, admin: Browser) -> None:
    kept = {cookie.key: cookie.value for cookie in admin.session.cookie_jar}
    page = await admin.post("/console/sign-out")
    assert page.path == "/console/sign-in"
    assert "已退出登录" in page.text
    async with (
        aiohttp.ClientSession(cookies=kept) as thief,
        thief.get(f"{clinic.url}/console/me", allow_redirects=False) as answer,
    ):
        assert answer.status == 303


async def test_signing_out_everywhere_reaches_the_other_browser(sign_in: SignIn) -> None:
    here, there = await sign_in(Role.RECEPTION), await sign_in(Role.RECEPTION)
    assert (await here.get("/console/me")).text.count("/console/me/sessions/end") == 1
    assert (await here.post("/console/me/sign-out-everywhere")).path == "/console/sign-in"
    assert (await there.get("/console/me")).path == "/console/sign-in"


async def test_one_other_place_can_be_signed_out(sign_in: SignIn) -> None:
    here, there = await sign_in(Role.RECEPTION), await sign_in(Role.RECEPTION)
    page = await here.get("/console/me")
    [other] = re.findall(r'name="id" value="([0-9a-f]{64})"', page.text)
    assert (await here.post("/console/me/sessions/end", {"id": other})).shows("已退出那一处登录")
    assert (await there.get("/console/me")).path == "/console/sign-in"
    assert (await here.get("/console/me")).path == "/console/me"


async def test_the_first_password_must_be_changed_before_anything_else(clinic: Clinic, sign_in: SignIn) -> None:
    made = await clinic.app.services.staff.create(
        by=COMMAND_LINE, login="xiaolin", name="林小雨", role=Role.RECEPTION, now=clinic.now
    )
    browser = await sign_in(None)
    await browser.get("/console/sign-in")
    page = await browser.post("/console/sign-in", {"login": "xiaolin", "password": made.password})
    assert page.path == "/console/me/password"
    assert (await browser.get("/console/staff")).path == "/console/me/password"
    weak = await browser.post("/console/me/password", {"old": made.password, "new": "short", "again": "short"})
    assert "密码至少 12 个字符" in weak.text
    unlike = await browser.post("/console/me/password", {"old": made.password, "new": NEW, "again": NEW + "!"})
    assert "两次输入的新密码不一样" in unlike.text
    done = await browser.post("/console/me/password", {"old": made.password, "new": NEW, "again": NEW})
    assert (done.path, done.shows("密码已修改")) == ("/console/me", True)
    assert (await browser.get("/console/")).path == "/console/"


async def test_ones_own_page_says_what_was_changed_on_the_account_and_by_whom(sign_in: SignIn) -> None:
    browser = await sign_in(Role.RECEPTION)
    password = {"old": PASSWORD, "new": NEW, "again": NEW}
    assert (await browser.post("/console/me/password", password)).path == "/console/me"
    page = (await browser.get("/console/me")).text
    changes = page.partition("最近的账号变动")[2].partition("<h2>")[0]
    assert "修改了自己的密码" in changes
    assert "<span>登录" not in changes  # signing in is no change
    assert "不是您本人做的？" in changes


async def test_a_second_factor_is_switched_on_asked_for_and_switched_off(
    clinic: Clinic, sign_in: SignIn, wait: Wait
) -> None:
    real = clinic.app.clock.machine_now
    browser = await sign_in(Role.RECEPTION)
    page = await browser.get("/console/me/codes")
    [secret] = re.findall(r"<code[^>]*>([A-Z2-7]{32})</code>", page.text)
    image = await browser.get("/console/me/codes.svg")
    assert image.headers["Content-Type"] == "image/svg+xml"
    assert "<svg" in image.text
    generator = pyotp.TOTP(secret)
    assert "动态码不对" in (await browser.post("/console/me/codes", {"password": PASSWORD, "code": "12"})).text
    assert "密码不对" in (await browser.post("/console/me/codes", {"code": generator.at(real())})).text
    done = await browser.post("/console/me/codes", {"password": PASSWORD, "code": generator.at(real())})
    assert done.shows("动态码已开启")

    wait(timedelta(seconds=30))
    await browser.post("/console/sign-out")
    asked = await browser.post("/console/sign-in", {"login": "reception", "password": PASSWORD})
    assert asked.shows("请输入动态码")
    assert (await browser.get("/console/me")).path == "/console/sign-in"
    used = await browser.post("/console/sign-in/code", {"code": generator.at(real() - timedelta(seconds=30))})
    assert used.shows("动态码不对或已用过")
    assert (await browser.post("/console/sign-in/code", {"code": generator.at(real())})).path == "/console/"

    wait(timedelta(seconds=30))
    off, code = "/console/me/codes/off", generator.at(real())
    assert (await browser.post(off, {"password": "wrong", "code": code})).shows("密码不对")
    assert (await browser.post(off, {"password": PASSWORD, "code": ""})).shows("动态码不对或已用过")
    assert (await browser.post(off, {"password": PASSWORD, "code": code})).shows("动态码已关闭")


async def test_the_demo_shows_its_accounts(sign_in: SignIn) -> None:
    page = await (await sign_in(None)).get("/console/sign-in")
    assert page.shows("演示账号", "welcome-to-the-demo", "前台客服")


async def test_a_clinic_shows_no_accounts(open_clinic: OpenClinic) -> None:
    clinic = await open_clinic(demo=False)
    async with aiohttp.ClientSession() as http, http.get(f"{clinic.url}/console/sign-in") as answer:
        assert "welcome-to-the-demo" not in await answer.text()


async def test_the_bare_address_leads_to_the_sign_in(sign_in: SignIn) -> None:
    somebody = await sign_in(None)
    page = await somebody.get("/")
    assert (page.status, page.path) == (200, "/console/sign-in")
