"""Roles of which a second factor is demanded: nothing opens before it is there."""

import re

import pyotp
import pytest

from tests.console.conftest import PASSWORD, Browser, Clinic, OpenClinic, Page, SignIn
from wxbot.actors import COMMAND_LINE
from wxbot.staff.permissions import Role
from wxbot.web.console.routes.tables import ROUTES
from wxbot.web.console.routing import ANYBODY

CODES = "/console/me/codes"
OPEN = {("GET", CODES), ("POST", CODES), ("GET", f"{CODES}.svg"), ("POST", "/console/sign-out")}


@pytest.fixture
async def strict(open_clinic: OpenClinic) -> Clinic:
    """A clinic that demands it of administrators and managers."""
    return await open_clinic(require_second_factor="admin,manager")


async def enter(sign_in: SignIn, clinic: Clinic, role: Role) -> tuple[Browser, Page]:
    await clinic.app.services.staff.create(
        by=COMMAND_LINE, login=role.value, name=f"{role.value}小周", role=role, now=clinic.now, password=PASSWORD
    )
    browser = await sign_in(None, at=clinic)
    await browser.get("/console/sign-in")
    return browser, await browser.post("/console/sign-in", {"login": role.value, "password": PASSWORD})


async def test_who_lacks_it_sets_it_up_after_the_password_and_then_works(strict: Clinic, sign_in: SignIn) -> None:
    browser, page = await enter(sign_in, strict, Role.ADMIN)
    assert page.path == CODES
    assert page.shows("请先开启动态码", "退出登录")
    assert not page.shows("今日")
    [secret] = re.findall(r"<code[^>]*>([A-Z2-7]{32})</code>", page.text)
    assert "<svg" in (await browser.get(f"{CODES}.svg")).text
    wrong = await browser.post(CODES, {"password": PASSWORD, "code": "000000"})
    assert wrong.shows("请先开启动态码", "动态码不对")
    code = pyotp.TOTP(secret).at(strict.app.clock.machine_now())
    assert (await browser.post(CODES, {"password": PASSWORD, "code": code})).path == "/console/me"
    assert (await browser.get("/console/staff")).status == 200


async def test_before_that_no_other_route_opens(strict: Clinic, sign_in: SignIn) -> None:
    browser, _ = await enter(sign_in, strict, Role.ADMIN)
    csrf, opened = browser.csrf, []
    for route in ROUTES:
        if route.permission == ANYBODY or (route.method, route.path) in OPEN:
            continue
        path = re.sub(r"\{[^}]*\}", "1", route.path)
        if route.method == "GET":
            page = await browser.get(path, follow=False)
        else:
            page = await browser.post(path, csrf=csrf, follow=False)
        if (page.status, page.headers.get("Location")) != (303, CODES):
            opened.append((route.method, route.path, page.status))
    assert opened == []
    assert (await browser.get("/console/patients/found?q=w", htmx=True)).headers["HX-Redirect"] == CODES


async def test_other_roles_are_free_to_have_one(strict: Clinic, sign_in: SignIn) -> None:
    _, page = await enter(sign_in, strict, Role.RECEPTION)
    assert page.path == "/console/"


async def test_who_switches_it_off_must_switch_it_on_anew(strict: Clinic, sign_in: SignIn) -> None:
    browser, page = await enter(sign_in, strict, Role.MANAGER)
    [secret] = re.findall(r"<code[^>]*>([A-Z2-7]{32})</code>", page.text)
    real = strict.app.clock.machine_now
    await browser.post(CODES, {"password": PASSWORD, "code": pyotp.TOTP(secret).at(real())})
    code = pyotp.TOTP(secret).at(int(real().timestamp()) + 30)
    off = await browser.post(f"{CODES}/off", {"password": PASSWORD, "code": code})
    assert off.path == CODES
    assert off.shows("请先开启动态码")


async def test_a_new_role_that_demands_it_does_so_at_the_next_click(strict: Clinic, sign_in: SignIn) -> None:
    browser, _ = await enter(sign_in, strict, Role.RECEPTION)
    staff = strict.app.services.staff
    account = await staff.by_login("reception", by=COMMAND_LINE)
    await staff.edit(
        account.id,
        by=COMMAND_LINE,
        now=strict.now,
        revision=account.revision,
        name="小周",
        role=Role.MANAGER,
        team=None,
    )
    assert (await browser.get("/console/patients")).path == CODES
