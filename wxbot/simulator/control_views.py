"""The platform as the control API shows it: plain data."""

from typing import Any

from wxbot.simulator.people import Person
from wxbot.simulator.platform import Platform, PushResult


def state(platform: Platform, *, clock_hook: bool) -> dict[str, Any]:
    """Account, clock, menu, people, notices and codes."""
    account = platform.account
    now = platform.now()
    return {
        "now": now.isoformat(),
        "shift_seconds": platform.clock.shift.total_seconds(),
        "account": {
            "name": account.name,
            "app_id": account.app_id,
            "account_id": account.account_id,
            "callback_url": account.callback_url,
        },
        "menu": platform.menu,
        "people": [
            {
                "openid": person.openid,
                "name": person.name,
                "following": person.following,
                "unread": person.unread,
                "last": person.messages[-1].as_json() if person.messages else None,
            }
            for person in platform.people.values()
        ],
        "notice_templates": [
            {"template_id": template_id, "title": definition["title"]}
            for template_id, definition in platform.notice_templates.items()
        ],
        "scenes": [
            {"scene": code.scene, "url": code.url, "label": code.scene}
            for code in platform.scenes.by_scene.values()
            if code.usable(now)
        ],
        "clock_hook": clock_hook,
    }


def chat(platform: Platform, person: Person) -> dict[str, Any]:
    """One person's chat with what the account may still send."""
    left, until = platform.rights(person.openid)
    now = platform.now()
    typing = person.typing_until is not None and now < person.typing_until
    return {
        "person": {
            "openid": person.openid,
            "name": person.name,
            "following": person.following,
            "refusing": person.refusing,
            "previewing": person.previewing,
            "typing": typing,
            "rights": {"left": left, "until": until.isoformat() if until else None, "now": now.isoformat()},
            "grants": dict(person.grants),
            "switched_off": sorted(person.switched_off),
        },
        "messages": [seen.as_json() for seen in person.messages],
    }


def result(push: PushResult) -> dict[str, Any]:
    """How a push ended."""
    return {
        "status": push.status,
        "attempts": push.attempts,
        "ok": push.ok,
        "reply": push.reply,
        "elapsed_ms": round(push.elapsed * 1000, 1),
        "problem": push.problem,
    }
