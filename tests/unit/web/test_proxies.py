"""Who is taken to be the client, whatever stands in forwarding headers."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from wxbot.web.proxies import ProxiesSeen, TrustedProxies, throttle_source

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PROXY = "10.0.0.7"
TRUSTED = TrustedProxies("127.0.0.1,10.0.0.0/24,2001:db8:1::/48")


def request(peer: str, *headers: tuple[str, str]) -> web.Request:
    made = make_mocked_request("GET", "/console/sign-in", headers=dict(headers))
    return made.clone(remote=peer)


def client(peer: str, *headers: tuple[str, str], proxies: TrustedProxies = TRUSTED) -> str:
    return proxies.caller(request(peer, *headers)).address


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("198.51.100.1, 203.0.113.5", "203.0.113.5"),  # the left one is what the browser wrote
        ("203.0.113.5, 10.0.0.9", "203.0.113.5"),  # through two proxies of ours
        ("203.0.113.5:51234", "203.0.113.5"),
        ("[2001:db8:2::5]:51234", "2001:db8:2::5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("10.0.0.9", "10.0.0.9"),  # a browser in the proxies' own network
        ("", PROXY),
        ("unknown", PROXY),
        ("203.0.113.5, <script>", PROXY),
    ],
)
def test_behind_a_trusted_proxy_the_first_stranger_from_the_right_is_the_client(header: str, address: str) -> None:
    assert client(PROXY, ("X-Forwarded-For", header)) == address


@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=80))
def test_without_a_trusted_proxy_no_header_changes_who_asks(words: str) -> None:
    headers = (("X-Forwarded-For", words), ("Forwarded", f"for={words}"), ("X-Forwarded-Proto", "https"))
    caller = TRUSTED.caller(request("203.0.113.80", *headers))
    assert (caller.address, caller.https) == ("203.0.113.80", False)


@given(st.lists(st.ip_addresses().map(str), max_size=4))
def test_what_a_browser_writes_before_its_proxy_adds_to_it_counts_for_nothing(invented: list[str]) -> None:
    header = ", ".join([*invented, "203.0.113.5"])
    assert client(PROXY, ("X-Forwarded-For", header)) == "203.0.113.5"


def test_forwarded_is_read_like_x_forwarded_for() -> None:
    header = 'for=198.51.100.1, for="[2001:db8:2::5]:4711";proto=https;by=10.0.0.7'
    caller = TRUSTED.caller(request(PROXY, ("Forwarded", header)))
    assert (caller.address, caller.https) == ("2001:db8:2::5", True)


def test_where_both_headers_disagree_one_is_invented_and_the_proxy_itself_is_the_client() -> None:
    assert client(PROXY, ("X-Forwarded-For", "203.0.113.5"), ("Forwarded", "for=198.51.100.1")) == PROXY
    assert client(PROXY, ("X-Forwarded-For", "203.0.113.5"), ("Forwarded", "for=203.0.113.5")) == "203.0.113.5"


def test_https_is_what_the_nearest_trusted_proxy_says() -> None:
    assert TRUSTED.caller(request(PROXY, ("X-Forwarded-Proto", "https"))).https
    assert not TRUSTED.caller(request(PROXY, ("X-Forwarded-Proto", "https, http"))).https
    assert not TRUSTED.caller(request(PROXY)).https


def test_a_unix_socket_is_trusted_by_name_only() -> None:
    header = ("X-Forwarded-For", "203.0.113.5")
    assert client("", header) == "unix"
    assert client("", header, proxies=TrustedProxies("unix")) == "203.0.113.5"


def test_a_proxy_that_nobody_named_is_noticed_by_its_headers() -> None:
    nobody = TrustedProxies()
    assert nobody.stranger(request("127.0.0.1", ("X-Forwarded-For", "203.0.113.5"))) == "127.0.0.1"
    assert nobody.stranger(request("127.0.0.1", ("Forwarded", "for=203.0.113.5"))) == "127.0.0.1"
    assert nobody.stranger(request("127.0.0.1")) == ""
    assert TRUSTED.stranger(request(PROXY, ("X-Forwarded-For", "203.0.113.5"))) == ""


def test_the_health_page_tells_of_unnamed_proxies_for_a_day_and_of_no_stranger() -> None:
    seen = ProxiesSeen()
    assert seen.note("127.0.0.1", NOW)
    assert not seen.note("127.0.0.1", NOW + timedelta(hours=1))
    assert not seen.note("8.8.8.8", NOW)
    [problem] = seen.problems(NOW + timedelta(hours=2))
    assert "127.0.0.1" in problem
    assert "WXBOT_TRUSTED_PROXIES" in problem
    assert seen.problems(NOW + timedelta(days=2)) == []


@given(st.ip_addresses(v=6))
def test_an_ipv6_subscriber_is_one_source_whichever_address_of_theirs_is_used(address: IPv6Address) -> None:
    other = IPv6Address(int(address) ^ 0xFFFF_FFFF_FFFF)
    if address.ipv4_mapped is None and other.ipv4_mapped is None:
        assert throttle_source(str(address)) == throttle_source(str(other))


def test_an_ipv4_address_is_a_source_of_its_own() -> None:
    assert throttle_source("203.0.113.5") == "203.0.113.5"
    assert throttle_source("unix") == "unix"
