"""Every address, walked as each role and as nobody, and compared with the permission table; then the use cases too."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.console.conftest import Browser, Clinic, SignIn
from wxbot.actors import Actor
from wxbot.errors import ForbiddenError
from wxbot.services import Services
from wxbot.staff.permissions import PERMISSIONS, Role
from wxbot.web.console.routes.tables import ROUTES
from wxbot.web.console.routing import ANYBODY, SIGNED_IN, Route

STREAMS = {
    "/console/live",
    "/console/desk/events",
    "/console/board/events",
}  # answer while somebody listens: asked for their headers only
LEAVES = {"/console/sign-out", "/console/me/sign-out-everywhere"}  # ends the walk: tried last
TURNED_AWAY = {401, 403}


def address(route: Route) -> str:
    """The route's path with something in every place."""
    return re.sub(r"\{[^}]+\}", "0", route.path)


async def status_of(browser: Browser, route: Route) -> int:
    """What the browser is answered, without following anything."""
    if route.path in STREAMS:
        async with browser.session.get(browser.url + address(route), allow_redirects=False) as answer:
            return answer.status
    if route.method == "GET":
        return (await browser.get(address(route), follow=False)).status
    return (await browser.post(address(route), follow=False)).status


def asked(permission: str) -> Iterator[Route]:
    yield from (route for route in ROUTES if route.permission == permission)


def ordered() -> list[Route]:
    closed = [route for route in ROUTES if route.permission != ANYBODY]
    return sorted(closed, key=lambda route: route.path in LEAVES)


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_may_open_exactly_what_the_table_says(role: Role, sign_in: SignIn) -> None:
    browser = await sign_in(role)
    wrong = []
    for route in ordered():
        may = route.permission == SIGNED_IN or role in PERMISSIONS[route.permission]
        status = await status_of(browser, route)
        if (status not in TURNED_AWAY) != may or status >= 500:
            wrong.append((route.method, route.path, status))
    assert wrong == []


async def test_nobody_is_sent_to_the_sign_in_page(clinic: Clinic, sign_in: SignIn) -> None:
    browser = await sign_in(None)
    await browser.get("/console/sign-in")
    wrong = []
    for route in ordered():
        page = (
            await browser.get(address(route), follow=False)
            if route.method == "GET"
            else await browser.post(address(route), follow=False)
        )
        there = page.status in {302, 303} and page.headers["Location"].startswith("/console/sign-in")
        if not there and page.status not in TURNED_AWAY:
            wrong.append((route.method, route.path, page.status))
    assert wrong == []
    assert await clinic.rows("sessions") == []


async def test_a_write_without_the_token_changes_nothing(clinic: Clinic, admin: Browser) -> None:
    before = len(await clinic.rows("audit"))
    writes = [route for route in ROUTES if route.method == "POST" and route.permission != ANYBODY]
    answered = {(await admin.post(address(route), csrf="wrong", follow=False)).status for route in writes}
    assert answered == {403}
    assert len(await clinic.rows("audit")) == before


async def test_every_answer_carries_the_security_headers(admin: Browser) -> None:
    for path in ("/console/", "/console/nowhere", "/console/patients/0", "/console/static/console.css"):
        page = await admin.get(path)
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"


async def test_no_page_answers_a_form_posted_from_elsewhere(admin: Browser) -> None:
    headers = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    async with admin.session.post(
        admin.url + "/console/sign-out", data={"csrf": admin.csrf}, headers=headers, allow_redirects=False
    ) as answer:
        assert answer.status == 403


# -- the use cases themselves -------------------------------------------------------------------------------------


def staffs_use_cases(services: Services) -> Iterator[tuple[str, Any]]:
    """Every public method of every room that takes an actor as `by`, found by looking."""
    for name in services.__dataclass_fields__:
        room = getattr(services, name)
        for part in (room, *(value for key, value in vars(room).items() if not key.startswith("_"))):
            for method_name, method in inspect.getmembers(part, inspect.iscoroutinefunction):
                if method_name.startswith("_"):
                    continue
                takes = inspect.signature(method).parameters.get("by")
                if takes is not None and takes.annotation in {Actor, "Actor"}:
                    yield f"{name}.{type(part).__name__}.{method_name}", method


async def test_every_use_case_refuses_an_actor_without_permission(clinic: Clinic) -> None:
    nobody = Actor(id="nobody", name="无", permissions=frozenset())
    found = dict(staffs_use_cases(clinic.app.services))
    let_in = []
    for name, method in found.items():
        parameters = inspect.signature(method).parameters.values()
        given = {
            each.name: {"by": nobody, "field": "phone"}.get(each.name)
            for each in parameters
            if each.default is each.empty or each.name == "by"
        }
        positional = [given.pop(each.name) for each in parameters if each.kind is each.POSITIONAL_ONLY]
        try:
            await method(*positional, **given)
        except ForbiddenError:
            continue
        except Exception as error:  # noqa: BLE001 - it did something before it asked
            let_in.append(f"{name}: {error!r}")
        else:
            let_in.append(name)
    without = ("audit.", "staff.SelfService.")  # the trail itself; one's own account
    own = {name for name in let_in if name.startswith(without)}
    assert sorted(set(let_in) - own) == []
    assert len(found) > 20
    assert {"booking.Booking.mark_no_show", "followups.FollowUps.close", "outbox.Outbox.cancel_one"} <= set(found)
