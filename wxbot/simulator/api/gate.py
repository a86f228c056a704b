"""What happens to every call: faults, token, method, quota, the handler, and one line of traffic."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

from aiohttp import web

from wxbot.simulator.api.endpoint import EITHER, POST, Call, Endpoint, parsed
from wxbot.simulator.errors import ApiError, words
from wxbot.simulator.faults import Fault
from wxbot.simulator.platform import Platform

JSON = "application/json; encoding=utf-8"
_OPENID_MEMBERS = ("touser", "openid")


class Gate:
    """Wraps endpoints into aiohttp handlers for one platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._busy: set[tuple[str, str]] = set()

    def handler(self, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The aiohttp handler of one endpoint."""

        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._handle(endpoint, request)

        return handle

    async def _handle(self, endpoint: Endpoint, request: web.Request) -> web.StreamResponse:
        began = perf_counter()
        platform = self._platform
        if not platform.base_url:
            platform.base_url = f"{request.scheme}://{request.host}"
        call = Call(platform, endpoint.path, request.query, request)
        fault = platform.faults.take(endpoint.path)
        if fault is not None and fault.drop == "before":
            await asyncio.sleep(fault.latency)
            return self._dropped(request, call, began, "closed before executing")
        try:
            answer: dict[str, Any] | web.StreamResponse = await self._answer(endpoint, call, fault)
        except ApiError as error:
            rid = platform.new_rid()
            answer = error.answer(rid)
            platform.note_failure(rid, _failed(call, answer, began))
        if fault is not None and fault.drop == "after":
            return self._dropped(request, call, began, "closed after executing")
        status = fault.status if fault is not None and fault.status is not None else None
        response = _response(answer) if status is None else web.Response(status=status, text="fault on request")
        code = answer.get("errcode", 0) if status is None and isinstance(answer, dict) else None
        self._note(call, began, code=code, status=response.status, note="" if fault is None else "fault on request")
        return response

    async def _answer(self, endpoint: Endpoint, call: Call, fault: Fault | None) -> dict[str, Any] | web.StreamResponse:
        if call.request.method == "POST" and not endpoint.form:
            call.raw = await call.request.read()
        if fault is not None:
            if fault.status is not None:
                await asyncio.sleep(fault.latency)
                return {}
            if fault.code is not None:
                await asyncio.sleep(fault.latency)
                if fault.code:
                    raise ApiError(fault.code)
        self._admit(endpoint, call)
        if endpoint.method == POST and not endpoint.form:
            call.body = parsed(call.raw, literal=endpoint.literal)
        latency = 0.0 if fault is None or fault.code is not None else fault.latency
        if endpoint.one_at_a_time is None:
            if latency:
                await asyncio.sleep(latency)
            return await endpoint.run(call)
        return await self._alone(endpoint, call, endpoint.one_at_a_time, latency)

    async def _alone(
        self, endpoint: Endpoint, call: Call, rule: tuple[str, int], latency: float
    ) -> dict[str, Any] | web.StreamResponse:
        member, conflict = rule
        key = (endpoint.path, call.text(member))
        if key in self._busy:
            raise ApiError(conflict)
        self._busy.add(key)
        try:
            if latency:
                await asyncio.sleep(latency)
            return await endpoint.run(call)
        finally:
            self._busy.discard(key)

    def _admit(self, endpoint: Endpoint, call: Call) -> None:
        now = self._platform.now()
        if endpoint.method not in (EITHER, call.request.method):
            raise ApiError(43002 if endpoint.method == POST else 43001)
        if endpoint.token:
            allowed = self._platform.account.allowed_ips
            if allowed and call.request.remote not in allowed:  # the list counts for every call, not for tokens alone
                raise ApiError(61004, f"requestIP: {call.request.remote}")
            self._platform.tokens.check(call.query.get("access_token"), now)
        self._platform.quotas.count(endpoint.path, now)

    def _dropped(self, request: web.Request, call: Call, began: float, note: str) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        self._note(call, began, code=None, status=None, note=note)
        return web.Response()  # goes nowhere: the connection is closed

    def _note(self, call: Call, began: float, *, code: int | None, status: int | None, note: str) -> None:
        openid = next((str(call.body[name]) for name in _OPENID_MEMBERS if name in call.body), "")
        if code and not note:
            note = words(code)
        self._platform.traffic.add(
            self._platform.now(),
            "api",
            call.path,
            openid=openid or call.query.get("openid", ""),
            code=code,
            status=status,
            elapsed_ms=round((perf_counter() - began) * 1000, 2),
            note=note,
        )
        self._platform.listeners.tell("traffic")


def _response(answer: dict[str, Any] | web.StreamResponse) -> web.StreamResponse:
    if isinstance(answer, web.StreamResponse):
        return answer
    return web.Response(
        body=json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode(), headers={"Content-Type": JSON}
    )


def _failed(call: Call, answer: dict[str, Any], began: float) -> dict[str, Any]:
    return {
        "invoke_time": int(call.platform.now().timestamp()),
        "cost_in_ms": int((perf_counter() - began) * 1000),
        "request_url": call.path,
        "request_body": call.raw.decode("utf-8", "replace"),
        "response_body": json.dumps(answer, ensure_ascii=False),
        "client_ip": call.request.remote or "",
    }
