"""个人信息须知: what the clinic stores of patients, and their rights. The greeting in the chat links it."""

from collections.abc import Iterator

from aiohttp import web

from wxbot.web.patient.frame import page, said, services_of

NOTICE = "welcome.notice"
PATH = "/w/notice"  # open to everybody: it can be read before following, and says nothing of anybody


async def notice(request: web.Request) -> web.StreamResponse:
    """GET /w/notice: the notice in force, with its version, which the record of a consent names."""
    version = services_of(request).templates.get(NOTICE).version
    return page(request, "privacy.html", {"sections": tuple(_sections(said(request, NOTICE))), "version": version})


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Each line of the wording with its heading, written 【so】; empty where it has none."""
    for line in filter(None, map(str.strip, text.splitlines())):
        heading, mark, rest = line.removeprefix("【").partition("】")
        yield (heading, rest) if mark and line.startswith("【") else ("", line)
