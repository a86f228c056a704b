"""Cookies of the patients' pages: whose they are, how long, and that nobody else can write one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.history.models import ContactId
from wxbot.web.patient.sessions import (
    LOGIN_LIFE,
    SESSION_LIFE,
    form_token,
    login_cookie,
    new_login,
    own_address,
    read_login,
    read_session,
    session_cookie,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SECRET, OTHER = b"s" * 32, b"t" * 32
WHO = ContactId("0198aabbccdd")


def test_a_session_names_its_contact_until_it_ends() -> None:
    cookie = session_cookie(SECRET, WHO, NOW)
    assert read_session(SECRET, cookie, NOW + SESSION_LIFE - timedelta(seconds=1)) == WHO
    assert read_session(SECRET, cookie, NOW + SESSION_LIFE) is None


def test_a_session_of_another_key_or_purpose_is_nobodys() -> None:
    assert read_session(OTHER, session_cookie(SECRET, WHO, NOW), NOW) is None
    assert read_session(SECRET, login_cookie(SECRET, new_login("/w/"), NOW), NOW) is None
    assert read_login(SECRET, session_cookie(SECRET, WHO, NOW), NOW) is None


@given(st.integers(min_value=0, max_value=200), st.characters(codec="ascii"))
def test_a_session_with_one_character_changed_is_nobodys(place: int, sign: str) -> None:
    cookie = session_cookie(SECRET, WHO, NOW)
    changed = cookie[: place % len(cookie)] + sign + cookie[place % len(cookie) + 1 :]
    assert changed == cookie or read_session(SECRET, changed, NOW) is None


@pytest.mark.parametrize("cookie", ["", "~", "~~~", "a~b~c~d", "\ud800~x", "x" * 5000])
def test_what_is_no_cookie_of_ours_is_nobodys(cookie: str) -> None:
    assert read_session(SECRET, cookie, NOW) is None
    assert read_login(SECRET, cookie, NOW) is None


def test_a_login_keeps_its_state_and_where_to_go_for_ten_minutes() -> None:
    login = new_login("/w/appointments/abc?v=2", 2)
    cookie = login_cookie(SECRET, login, NOW)
    assert read_login(SECRET, cookie, NOW + LOGIN_LIFE - timedelta(seconds=1)) == login
    assert read_login(SECRET, cookie, NOW + LOGIN_LIFE) is None
    assert login.state.isalnum()
    assert login.state != new_login("/w/").state


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/w/",
        "/w//elsewhere.example",
        "/w/../console/",
        "/w/%2e%2e/console/",
        "/w/\\elsewhere.example",
        "/console/",
        "/w/?a=\n",
        "/w/" + "a" * 400,
        "",
    ],
)
def test_nobody_is_sent_outside_the_pages(wanted: str) -> None:
    assert own_address(wanted) == "/w/"


def test_a_page_of_ours_is_gone_on_to() -> None:
    assert own_address("/w/book/time?type=cleaning&for=self") == "/w/book/time?type=cleaning&for=self"


def test_the_token_of_a_form_belongs_to_one_session() -> None:
    one, two = session_cookie(SECRET, WHO, NOW), session_cookie(SECRET, WHO, NOW)
    assert form_token(SECRET, one) != form_token(SECRET, two)
    assert form_token(SECRET, one) == form_token(SECRET, one)
