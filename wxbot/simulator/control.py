"""The control API: what the phone page, the demo and browser tests ask of the platform."""

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiohttp
import segno
from aiohttp import web

from wxbot.simulator.control_bodies import GESTURES, BadBodyError, advance, read_body, steps, text
from wxbot.simulator.control_views import chat, result, state
from wxbot.simulator.people import NobodyError
from wxbot.simulator.platform import Platform

HEARTBEAT_SECONDS = 15  # keeps proxies from closing a quiet event stream
HOOK_SECONDS = 30  # the clinic may work through what fell due before it answers
QR_SCALE = 6
PERSON_COOKIE = "sim_openid"  # whose phone this browser is, for web authorization


class NoSuchThingError(Exception):
    """The thing asked for does not exist; becomes 404 with its sentence."""


def add_routes(app: web.Application, platform: Platform, clock_hook: str | None) -> None:
    """Put the control API into the application."""
    control = Control(platform, clock_hook)
    routes: list[tuple[str, str, Callable[[web.Request], Awaitable[web.StreamResponse]]]] = [
        ("GET", "/sim/state", control.state),
        ("GET", "/sim/people/{openid}/messages", control.messages),
        ("POST", "/sim/people", control.create),
        ("POST", "/sim/people/{openid}/{gesture}", control.gesture),
        ("GET", "/sim/traffic", control.traffic),
        ("POST", "/sim/clock", control.clock),
        ("POST", "/sim/faults", control.add_fault),
        ("DELETE", "/sim/faults", control.clear_faults),
        ("POST", "/sim/token/revoke", control.revoke_token),
        ("GET", "/sim/qr", control.qr),
    ]
    for method, path, handler in routes:
        app.router.add_route(method, path, _guarded(handler))
    app.router.add_get("/sim/media/{media_id}", control.medium)
    app.router.add_get("/sim/events", control.events)


def _guarded(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except (NobodyError, NoSuchThingError) as error:
            return web.json_response({"error": str(error)}, status=404)
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)

    return guarded


class Control:
    """The handlers of the control API for one platform."""

    def __init__(self, platform: Platform, clock_hook: str | None) -> None:
        self._platform = platform
        self._clock_hook = clock_hook

    async def state(self, _: web.Request) -> web.StreamResponse:
        """GET /sim/state."""
        return _json(state(self._platform, clock_hook=self._clock_hook is not None))

    async def messages(self, request: web.Request) -> web.StreamResponse:
        """GET /sim/people/{openid}/messages: the chat, which counts as read from now on."""
        person = self._platform.person(request.match_info["openid"])
        person.unread = 0
        return _whose(_json(chat(self._platform, person)), person.openid)

    async def create(self, request: web.Request) -> web.StreamResponse:
        """POST /sim/people."""
        name = text(await read_body(request), "name").strip()
        if not name:
            raise BadBodyError("name must not be empty")
        return _json({"openid": self._platform.create_person(name).openid})

    async def gesture(self, request: web.Request) -> web.StreamResponse:
        """POST /sim/people/{openid}/{gesture}: what the patient does; answers how the push ended."""
        gesture = GESTURES.get(request.match_info["gesture"])
        if gesture is None:
            raise NoSuchThingError("there is no such gesture")
        openid = request.match_info["openid"]
        pushed = await gesture(self._platform, openid, await read_body(request))
        return _whose(_json(result(pushed)), openid)

    async def traffic(self, request: web.Request) -> web.StreamResponse:
        """GET /sim/traffic?after=N."""
        after = request.query.get("after", "0")
        if not after.isdigit():
            raise BadBodyError("after must be a whole number")
        return _json({"lines": [line.as_json() for line in self._platform.traffic.after(int(after))]})

    async def clock(self, request: web.Request) -> web.StreamResponse:
        """POST /sim/clock: move the clock forward and tell the clinic.

        In steps, as time passes: what falls due on the way happens at its own hour, not all at the end.
        """
        body = await read_body(request)
        clinic = None
        by = advance(body, self._platform.now())
        for step in steps(by) if self._clock_hook is not None else [by]:
            self._platform.clock.move(step)
            self._platform.listeners.tell("clock")
            clinic = await self._tell_clinic(step.total_seconds())
            await self._platform.settled()  # receipts belong to the hour they were earned in
        now, shift = self._platform.now().isoformat(), self._platform.clock.shift.total_seconds()
        return _json({"now": now, "shift_seconds": shift, "clinic": clinic})

    async def add_fault(self, request: web.Request) -> web.StreamResponse:
        """POST /sim/faults."""
        body = await read_body(request)
        path = text(body, "path")
        known = {"code", "times", "latency", "drop", "status"}
        given = {name: value for name, value in body.items() if name != "path" and value is not None}
        if unknown := set(given) - known:
            raise BadBodyError(f"unknown: {', '.join(sorted(unknown))}")
        for name in {"code", "times", "status"} & set(given):
            if not isinstance(given[name], int) or isinstance(given[name], bool):
                raise BadBodyError(f"{name} must be a whole number")
        if not isinstance(given.get("latency", 0.0), int | float):
            raise BadBodyError("latency must be seconds")
        self._platform.faults.add(path, **given)
        self._platform.listeners.tell("faults")
        return _json({"waiting": len(self._platform.faults)})

    async def clear_faults(self, _: web.Request) -> web.StreamResponse:
        """DELETE /sim/faults."""
        self._platform.faults.clear()
        self._platform.listeners.tell("faults")
        return _json({"waiting": 0})

    async def revoke_token(self, _: web.Request) -> web.StreamResponse:
        """POST /sim/token/revoke."""
        self._platform.revoke_token()
        return _json({"revoked": True})

    async def qr(self, request: web.Request) -> web.StreamResponse:
        """GET /sim/qr?scene=…: the code as SVG."""
        scene = request.query.get("scene", "")
        code = self._platform.scenes.by_scene.get(scene)
        if code is None:
            raise NoSuchThingError(f"there is no code for the scene {scene!r}")
        picture = io.BytesIO()
        segno.make(code.url, error="m").save(picture, kind="svg", scale=QR_SCALE, xmldecl=False)
        return web.Response(body=picture.getvalue(), content_type="image/svg+xml")

    async def medium(self, request: web.Request) -> web.StreamResponse:
        """GET /sim/media/{media_id}: the bytes of a medium, for PicUrl and the phone page."""
        found = self._platform.media.items.get(request.match_info["media_id"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found.data, content_type=found.mime, headers={"Cache-Control": "max-age=3600"})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """GET /sim/events: server-sent events, one `changed` per change."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        with self._platform.listeners.listening() as changes, suppress(ConnectionResetError):  # a page that was closed
            await response.prepare(request)
            await response.write(b": connected\n\n")
            while True:
                try:
                    change = await asyncio.wait_for(changes.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    await response.write(b": still here\n\n")
                    continue
                if change is None:
                    break
                data = json.dumps(change, ensure_ascii=False)
                await response.write(f"event: changed\ndata: {data}\n\n".encode())
        return response

    async def _tell_clinic(self, seconds: float) -> Any:
        if self._clock_hook is None:
            return None
        timeout = aiohttp.ClientTimeout(total=HOOK_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(self._clock_hook, json={"advance_seconds": seconds}) as answer,
            ):
                return await answer.json(content_type=None) if answer.ok else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None


def _json(data: Any) -> web.Response:
    return web.json_response(data, dumps=lambda value: json.dumps(value, ensure_ascii=False))


def _whose(response: web.Response, openid: str) -> web.Response:
    response.set_cookie(PERSON_COOKIE, openid, samesite="Lax")
    return response
