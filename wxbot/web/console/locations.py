"""Addresses that came from outside: which of them lie inside the console, whatever a browser makes of them. Pure.

Browsers drop tabs and line breaks, read a backslash as `/`, and walk `..` also where it is written `%2e%2e` (URL
Standard, https://url.spec.whatwg.org/#url-parsing). So what holds any of that is not followed.
"""

from urllib.parse import SplitResult, unquote, urlsplit

FIRST_PAGE = "/console/"
_MOST_ENCODED = 4  # layers of percent signs; nobody writes more on purpose


def inside_console(location: str) -> str:
    """The address when it is a page of the console, given as path and query; else that of the first page."""
    return location if is_inside(location) else FIRST_PAGE


def is_inside(location: str) -> bool:
    """Whether a browser that stands on one of our pages stays inside the console when it follows that address."""
    if not location.startswith(FIRST_PAGE) or not location.isprintable():
        return False
    parts = parts_of(location)
    path = parts.path if not (parts.scheme or parts.netloc) else ""
    for _ in range(_MOST_ENCODED):
        plain = unquote(path)
        if plain == path:
            break
        path = plain
    else:
        return False
    if "\\" in path + location or not path.isprintable():
        return False
    return path.startswith(FIRST_PAGE) and not {".", ".."} & set(path.split("/"))


def parts_of(address: str) -> SplitResult:
    """The parts of an address that a browser sent; all empty when it is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")
