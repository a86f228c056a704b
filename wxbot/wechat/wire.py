"""One HTTP exchange with the platform: what was sent, what came back, and what a failure means (reference §8).

URLs carry tokens and secrets, and aiohttp's errors carry URLs: only the error's class name goes further.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any, TypeAlias

import aiohttp

from wxbot.clock import Clock
from wxbot.errors import PlatformError, Reaction
from wxbot.logs import get_logger
from wxbot.wechat.errors import ErrorEntry, UnknownCodes, advice_for, explain, field_of, request_id

# `connect` ends before `total` can: a timeout while connecting is always told apart from one while waiting.
TIMEOUT = aiohttp.ClientTimeout(total=10, connect=4)
LARGEST = 32 * 1024 * 1024  # bytes of an answer; the largest medium is 10 MB
NO_ANSWER = -2  # what observers see instead of a code when nothing came back
CANNOT_CONNECT = "连接不上微信服务器，系统会自动稍后再试。"
NO_ANSWER_ADVICE = "微信没有回应，这次操作可能已经生效，也可能没有；请先核实，不要重复操作。"
NO_ANSWER_SAFE = "微信没有回应，系统会自动稍后再试。"
STRANGE_ANSWER = "微信的回答缺少应有的内容，请转给开发人员。"
WRONG_ADDRESS = "微信服务器的地址或网络代理设置不正确，请管理员检查 WXBOT_WECHAT_API_BASE_URL。"

Payload: TypeAlias = dict[str, Any]
Observe: TypeAlias = Callable[[str, int, float], None]
"""Called after every exchange: path, code (0, errcode, HTTP status or NO_ANSWER) and seconds."""

_log = get_logger(__name__)


class Repeat(StrEnum):
    """What a second, equal call would do."""

    READ = "read"  # changes nothing: the transport itself tries again
    SAFE = "safe"  # changes nothing more: the caller may try again
    ONCE = "once"  # has an effect of its own: without an answer nobody knows, and nobody repeats


@dataclass(frozen=True, kw_only=True)
class Request:
    """A call before its token is added. `form` builds a fresh form on each try: a sent one is used up."""

    method: str
    path: str
    repeat: Repeat
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    form: Callable[[], aiohttp.FormData] | None = field(default=None, repr=False)
    accept: frozenset[int] = frozenset()  # error codes that are an answer to this call
    proof: frozenset[str] = frozenset()  # of what this makes, any one: such answers may leave errcode out


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back with HTTP 200. `filename` is the attachment's name, if any."""

    content: bytes = field(repr=False)
    content_type: str
    filename: str = ""


class Wire:
    """Sends requests through an injected session to a configurable base URL."""

    def __init__(
        self, http: aiohttp.ClientSession, base_url: str, clock: Clock, observe: Observe | None = None
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._clock = clock
        self._observe = observe
        self._unknown = UnknownCodes()

    async def json(self, request: Request, **secrets: str) -> Payload:
        """The platform's JSON object. `secrets` join the query. Raises PlatformError for every failure."""
        started = self._clock.monotonic()
        answer = await self._exchange(request, secrets, started)
        return self._payload(request, answer, started)

    async def file(self, request: Request, **secrets: str) -> Answer | Payload:
        """A file, or the JSON object that came instead of one. Raises PlatformError for every failure."""
        started = self._clock.monotonic()
        answer = await self._exchange(request, secrets, started)
        if "json" in answer.content_type or "text/plain" in answer.content_type:
            return self._payload(request, answer, started)
        self._seen(request, 0, started)
        return answer

    async def _exchange(self, request: Request, secrets: Mapping[str, str], started: float) -> Answer:
        if self._http.closed:  # we are stopping: aiohttp would raise something else
            raise self._silent(request, started, "the session is closed", left=False)
        data: Any = None
        headers = {}
        if request.form is not None:
            data = request.form()
        elif request.body is not None:
            data = json.dumps(request.body, ensure_ascii=False).encode()  # \uXXXX is refused (40033)
            headers["Content-Type"] = "application/json; charset=utf-8"
        try:
            async with self._http.request(
                request.method,
                self._base_url + request.path,
                params={**request.params, **secrets},
                data=data,
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,
            ) as response:
                status = response.status
                disposition = response.content_disposition
                answer = Answer(
                    content=await _read(response),
                    content_type=response.content_type,
                    filename=(disposition.filename or "") if disposition else "",
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise self._silent(request, started, type(error).__name__, left=False) from None
        except aiohttp.InvalidURL:
            raise self._wrong_address(request, started, HTTPStatus.NOT_FOUND) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._silent(request, started, type(error).__name__, left=True) from None
        if status == HTTPStatus.OK:
            return answer
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise self._silent(request, started, f"HTTP {status}", left=True, code=status)
        if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS):
            raise self._silent(request, started, f"HTTP {status}", left=False, code=status)
        raise self._wrong_address(request, started, status)

    def _payload(self, request: Request, answer: Answer, started: float) -> Payload:
        try:
            payload = json.loads(answer.content.decode("utf-8-sig", "replace"), strict=False)
            code = _code(request, payload)
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise self._silent(request, started, "unreadable answer", left=True) from None
        if code is None:
            raise self._silent(request, started, "an answer without errcode", left=True)
        self._seen(request, code, started)
        if code == 0 or code in request.accept:
            found: Payload = payload
            return found
        raise self._refused(request, code, str(payload.get("errmsg", "")))

    def _refused(self, request: Request, code: int, message: str) -> PlatformError:
        entry = self._unknown.judge(explain(code))
        rid = request_id(message)
        _report(entry, request.path, rid, field_of(entry, message))
        return PlatformError(
            code=code,
            reaction=entry.reaction,
            advice=advice_for(entry, message),
            detail=message,
            rid=rid,
            retry_after_seconds=entry.wait_seconds(self._clock.now()),
            alarm=entry.alarm,
        )

    def _silent(
        self, request: Request, started: float, detail: str, *, left: bool, code: int = NO_ANSWER
    ) -> PlatformError:
        """No usable answer. `left`: the request may have arrived."""
        self._seen(request, code, started)
        ambiguous = left and request.repeat is Repeat.ONCE
        _log.warning("platform_silent", endpoint=request.path, detail=detail, ambiguous=ambiguous)
        advice = NO_ANSWER_ADVICE if ambiguous else NO_ANSWER_SAFE if left else CANNOT_CONNECT
        return PlatformError(code=None, reaction=Reaction.RETRY, advice=advice, detail=detail, ambiguous=ambiguous)

    def _wrong_address(self, request: Request, started: float, status: int) -> PlatformError:
        self._seen(request, status, started)
        _log.error("platform_address_wrong", endpoint=request.path, status=int(status))
        return PlatformError(code=None, reaction=Reaction.ALARM, advice=WRONG_ADDRESS, detail=f"HTTP {int(status)}")

    def _seen(self, request: Request, code: int, started: float) -> None:
        if self._observe is not None:
            self._observe(request.path, int(code), self._clock.monotonic() - started)


def need(payload: Payload, name: str) -> Any:
    """A field the platform promised. Raises PlatformError when it is not there."""
    if payload.get(name) is None:
        raise PlatformError(
            code=None, reaction=Reaction.ALARM, advice=STRANGE_ANSWER, detail=f"an answer without {name}"
        )
    return payload[name]


def _code(request: Request, payload: Payload) -> int | None:
    """What the answer says of the call: 0 for success, the refusal's code, or None where it says neither.

    Reads may leave errcode out (reference, preface). What sends or changes something is confirmed by errcode 0, or by
    the thing it made: a proxy's or another service's JSON with HTTP 200 is no success. Raises ValueError or TypeError
    for an errcode that is no whole number.
    """
    said = payload.get("errcode")
    if said is None:
        proven = request.repeat is Repeat.READ or any(payload.get(name) for name in request.proof)
        return 0 if proven else None
    if isinstance(said, bool) or not isinstance(said, int | str):
        raise TypeError("errcode is no number")
    return int(said)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The whole answer, unless it is larger than any real one."""
    parts: list[bytes] = []
    length = 0
    async for part in response.content.iter_chunked(64 * 1024):
        parts.append(part)
        length += len(part)
        if length > LARGEST:
            raise aiohttp.ClientPayloadError("larger than any real answer")
    return b"".join(parts)


def _report(entry: ErrorEntry, path: str, rid: str, unfit: str) -> None:
    fields = {"endpoint": path, "code": entry.code, "name": entry.name, "reaction": entry.reaction.value, "rid": rid}
    if unfit:
        fields["field"] = unfit
    if entry.bug or entry.alarm or not entry.known:
        _log.error("platform_refused", bug=entry.bug, known=entry.known, **fields)
    else:
        _log.warning("platform_refused", **fields)
