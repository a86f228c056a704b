"""The navigation shows what somebody may open, and where they are."""

import pytest

from wxbot.actors import Actor
from wxbot.staff.permissions import PERMISSIONS, Role, permissions_of, who_may
from wxbot.web.console.navigation import navigation
from wxbot.web.console.routes.tables import ROUTES
from wxbot.web.console.routing import ANYBODY, SIGNED_IN


def somebody(role: Role) -> Actor:
    return Actor(id="1", name="王", permissions=permissions_of(role))


def test_a_clinician_is_not_led_to_settings_or_accounts() -> None:
    assert [section.name for section in navigation(somebody(Role.CLINICIAN), "/console/")] == [
        "今日",
        "日程",
        "患者",
        "待办回访",
        "关怀计划",
        "模板",
    ]


def test_an_admin_is_led_everywhere() -> None:
    assert len(navigation(somebody(Role.ADMIN), "/console/")) == 12


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/console/", "今日"),
        ("/console/today/visits", "今日"),
        ("/console/patients", "患者"),
        ("/console/patients/abc/edit", "患者"),
        ("/console/settings/menu", "设置"),
    ],
)
def test_exactly_one_section_is_marked_as_where_you_are(path: str, name: str) -> None:
    assert [section.name for section in navigation(somebody(Role.ADMIN), path) if section.active] == [name]


def test_every_route_names_a_permission_of_the_table() -> None:
    assert [route.path for route in ROUTES if route.permission not in {*PERMISSIONS, ANYBODY, SIGNED_IN}] == []


def test_every_permission_is_three_words_and_held_by_somebody() -> None:
    assert all(len(permission.split(":")) == 3 and who_may(permission) for permission in PERMISSIONS)


def test_the_admin_holds_every_permission() -> None:
    assert permissions_of(Role.ADMIN) == frozenset(PERMISSIONS)


def test_no_two_routes_answer_the_same_address() -> None:
    addresses = [(route.method, route.path) for route in ROUTES]
    assert len(addresses) == len(set(addresses))
