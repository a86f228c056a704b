"""Bodies of the control API: what they must hold, and the gesture each path stands for."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from aiohttp import web

from wxbot.simulator.platform import Platform, PushResult

Body: TypeAlias = dict[str, Any]
Gesture: TypeAlias = Callable[[Platform, str, Body], Awaitable[PushResult]]


STEP = timedelta(hours=1)  # reminders are due at hours of the day
MOST_STEPS = 120  # each takes the clinic some ten milliseconds, and a person waits


class BadBodyError(ValueError):
    """A body or query that is not valid; becomes 400 with its sentence."""


def advance(body: Body, now: datetime) -> timedelta:
    """How far to move the clock: `advance_seconds`, or `to` as an ISO time (UTC when it names no zone)."""
    if "to" in body:
        target = datetime.fromisoformat(text(body, "to"))
        by = (target if target.tzinfo else target.replace(tzinfo=UTC)) - now
    else:
        seconds = body.get("advance_seconds")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            raise BadBodyError("advance_seconds must be a number, or give to as an ISO time")
        try:
            by = timedelta(seconds=seconds)
        except (OverflowError, ValueError):
            raise BadBodyError("advance_seconds is too large") from None
    if by < timedelta(0):
        raise BadBodyError("the clock only moves forward")
    try:
        now + by
    except OverflowError:
        raise BadBodyError("advance_seconds is too large") from None
    return by


def steps(by: timedelta) -> list[timedelta]:
    """A long move in steps of an hour; one longer than five days in 120 equal steps."""
    step = max(STEP, by / MOST_STEPS)
    whole, rest = divmod(by, step)
    return [step] * whole + ([rest] if rest else [])


async def read_body(request: web.Request) -> Body:
    """The JSON object of a request, an empty one for an empty body."""
    raw = await request.read()
    try:
        body = json.loads(raw) if raw.strip() else {}
    except (ValueError, RecursionError):
        raise BadBodyError("the body is not JSON") from None
    if not isinstance(body, dict):
        raise BadBodyError("the body must be a JSON object")
    return body


def text(body: Body, name: str) -> str:
    """A member that must be a text with something in it."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise BadBodyError(f"{name} must be a text")
    return value


def flag(body: Body, name: str) -> bool:
    """A member that must be true or false."""
    value = body.get(name)
    if not isinstance(value, bool):
        raise BadBodyError(f"{name} must be true or false")
    return value


def optional(body: Body, name: str) -> str | None:
    """A member that may be missing."""
    return None if body.get(name) is None else str(body[name])


def chosen(body: Body) -> str | list[str]:
    """One notice or several."""
    value = body.get("template_id")
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return value
    return text(body, "template_id")


def key(body: Body) -> str | int:
    """A menu button, by key, name or place."""
    value = body.get("key")
    return value if isinstance(value, int) and not isinstance(value, bool) else text(body, "key")


GESTURES: dict[str, Gesture] = {
    "follow": lambda platform, who, body: platform.follow(who, optional(body, "scene")),
    "unfollow": lambda platform, who, _: platform.unfollow(who),
    "say": lambda platform, who, body: platform.say(who, text(body, "text"), optional(body, "menu_id")),
    "image": lambda platform, who, _: platform.send_image(who),
    "voice": lambda platform, who, _: platform.send_voice(who),
    "video": lambda platform, who, _: platform.send_video(who),
    "location": lambda platform, who, _: platform.send_location(who),
    "link": lambda platform, who, _: platform.send_link(who),
    "menu": lambda platform, who, body: platform.tap_menu(who, key(body)),
    "scan": lambda platform, who, body: platform.scan(who, str(body.get("scene", "")) or text(body, "scene")),
    "notice": lambda platform, who, body: platform.answer_notice(who, chosen(body), accept=flag(body, "accept")),
    "notice-off": lambda platform, who, body: platform.switch_off_notice(who, text(body, "template_id")),
    "preview": lambda platform, who, body: platform.preview_pages(who, preview=flag(body, "preview")),
    "refuse": lambda platform, who, body: platform.refuse_messages(who, refuse=flag(body, "refuse")),
}
