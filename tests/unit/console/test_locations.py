"""Where one is sent after signing in: inside the console, as browsers read addresses."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wxbot.web.console.locations import inside_console

PIECES = (
    "/", "//", "\\", "/\\", ".", "..", "%2e", "%2E%2e", "%252e", "%2f", "%5c", "%09", "%0a", "\t", "\n", "\r", " ",
    "\x00", "console", "/console/", "/console/patients", "evil.example", "http:", "https://", "javascript:",
    "@", ":", "[", "]", "?next=", "#", "\u3002", "\uff0f", "\u2028", "患者", "%", "%%",
)  # fmt: skip


def as_browsers_resolve(location: str) -> tuple[str, str]:
    """Host and path where a browser on https://clinic.example.cn/console/sign-in ends up (URL Standard, roughly).

    Written apart from the code under test: it walks the address as the state machine of the standard does.
    """
    text = re.sub(r"[\t\n\r]", "", location.strip("".join(map(chr, range(33)))))
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text):
        return "elsewhere", ""
    text = re.split(r"[?#]", text, maxsplit=1)[0].replace("\\", "/")
    if text.startswith("//"):
        return "elsewhere", ""
    path: list[str] = [] if text.startswith("/") else ["console"]
    for segment in text.removeprefix("/").split("/"):
        plain = segment.lower().replace("%2e", ".")
        if plain == "..":
            path = path[:-1]
        elif plain != ".":
            path.append(segment)
    return "clinic.example.cn", "/" + "/".join(path)


@given(
    words=st.one_of(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), st.text(max_size=60)),
    behind=st.booleans(),
)
@example(words="//evil.example", behind=False)
@example(words="/\\evil.example", behind=False)
@example(words="/\t/evil.example", behind=False)
@example(words="/console/%2e%2e/wechat/callback", behind=False)
@example(words="//[evil", behind=False)
def test_whatever_is_wanted_a_browser_stays_in_the_console(words: str, behind: bool) -> None:
    target = inside_console(f"/console/{words}" if behind else words)
    host, path = as_browsers_resolve(target)
    assert host == "clinic.example.cn"
    assert path.startswith("/console/")
    assert "\n" not in target
    assert "\r" not in target
    # nor after one more proxy has undone the percent signs
    host, path = as_browsers_resolve(unquote(target.partition("?")[0]))
    assert (host, path.startswith("/console/")) == ("clinic.example.cn", True)


@pytest.mark.parametrize(
    "location",
    [
        "/console/",
        "/console/me?from=mail",
        "/console/patients?q=%E5%BC%A0&after=17-abc",
        "/console/patients?q=张&back=//elsewhere/../x",
        "/console/templates/own.%E6%B5%8B",
        "/console/patients/1#history",
    ],
)
def test_pages_of_the_console_are_led_to_as_they_are(location: str) -> None:
    assert inside_console(location) == location


@pytest.mark.parametrize(
    "location",
    [
        "",
        "console/me",
        "https://elsewhere.example/console/",
        "//elsewhere.example/console/",
        "///elsewhere.example",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "/%2felsewhere.example",
        "/console",
        "/console/../wechat/callback",
        "/console/%2E./wechat/callback",
        "/console/%252e%252e/wechat/callback",
        "/console/a\r\nSet-Cookie: x=y",
        "/console/%0d%0aSet-Cookie:x",
        "/console/\tme",
        "javascript:alert(1)",
        "//[",
        "/console/@elsewhere\\.example",
    ],
)
def test_everything_else_leads_to_the_first_page(location: str) -> None:
    assert inside_console(location) == "/console/"
