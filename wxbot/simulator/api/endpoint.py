"""One API endpoint and one call of it, as the platform sees them."""

import inspect
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aiohttp import web

from wxbot.simulator.errors import ApiError
from wxbot.simulator.people import Person
from wxbot.simulator.platform import Platform

GET, POST, EITHER = "GET", "POST", "*"


@dataclass
class Call:
    """One API call: its query, its JSON body (POST), its bytes."""

    platform: Platform
    path: str
    query: Mapping[str, str]
    request: web.Request
    raw: bytes = b""
    body: dict[str, Any] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """A string member of the body, or the default for anything else."""
        value = self.body.get(name, default)
        return value if isinstance(value, str) else default

    def person(self, openid: Any) -> Person:
        """The user with this openid. Raises ApiError 40003."""
        found = self.platform.people.get(openid) if isinstance(openid, str) else None
        if found is None:
            raise ApiError(40003)
        return found

    def number(self, name: str) -> int:
        """A whole-number member of the body. Raises ApiError 40035."""
        value = self.body.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ApiError(40035, name)
        return value


Answer: TypeAlias = dict[str, Any] | web.StreamResponse
Handler: TypeAlias = Callable[[Call], Answer | Awaitable[Answer]]


@dataclass(frozen=True)
class Endpoint:
    r"""A path, its method and what answers it.

    `token`: whether the call carries the account's access_token. `form`: the handler reads a multipart body itself.
    `literal`: `\uXXXX` escapes of the body are shown as they are written (reference §4.2).
    `one_at_a_time`: the body member whose value may be in only one call at once, and the code of the other call.
    """

    method: str
    path: str
    handler: Handler
    token: bool = True
    form: bool = False
    literal: bool = False
    one_at_a_time: tuple[str, int] | None = None

    async def run(self, call: Call) -> Answer:
        """Call the handler, awaiting it when it must be."""
        answer = self.handler(call)
        return await answer if inspect.isawaitable(answer) else answer


_ESCAPE = re.compile(rb"(?<!\\)((?:\\\\)*)\\u(?=[0-9a-fA-F]{4})")


def parsed(raw: bytes, *, literal: bool) -> dict[str, Any]:
    """The JSON object of a body. Raises ApiError 44002 (empty), 47001 (not an object in UTF-8)."""
    if not raw.strip():
        raise ApiError(44002)
    if literal and b"\\u" in raw:
        raw = _ESCAPE.sub(rb"\1\\\\u", raw)
    try:
        body = json.loads(raw)
        if b"\\u" in raw:  # half a surrogate pair is no text
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise ApiError(47001) from None
    if not isinstance(body, dict):
        raise ApiError(47001)
    return body


OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}
