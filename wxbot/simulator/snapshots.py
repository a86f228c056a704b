"""The platform as JSON and back, so that a demo survives a restart."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from wxbot.simulator.core import PlatformCore, Tag
from wxbot.simulator.people import Person, Seen
from wxbot.simulator.rights import Rights
from wxbot.simulator.scenes import SceneCode

VERSION = 1
_PLAIN = ("openid", "name", "union_id", "following", "came_by", "scene", "remark", "tags", "blacklisted", "refusing")


def taken(platform: PlatformCore) -> dict[str, Any]:
    """Everything worth keeping, as plain JSON data."""
    return {
        "version": VERSION,
        "shift_seconds": platform.clock.shift.total_seconds(),
        "people": [_person(person) for person in platform.people.values()],
        "menu": platform.menu,
        "menu_id": platform.menu_id,
        "scenes": [code.as_json() for code in platform.scenes.by_ticket.values()],
        "templates": list(platform.templates.values()),
        "notice_templates": list(platform.notice_templates.values()),
        "tags": [[tag.number, tag.name] for tag in platform.tags.values()],
    }


def put_back(platform: PlatformCore, snapshot: Mapping[str, Any]) -> None:
    """Fill an empty platform. Raises ValueError for a snapshot of another version."""
    if snapshot.get("version") != VERSION:
        raise ValueError(f"a snapshot of version {snapshot.get('version')} cannot be read")
    platform.clock.shift = timedelta(seconds=snapshot["shift_seconds"])
    platform.people = {item["openid"]: _person_back(item) for item in snapshot["people"]}
    platform.menu, platform.menu_id = snapshot["menu"], snapshot["menu_id"]
    for item in snapshot["scenes"]:
        platform.scenes.keep(SceneCode(**{**item, "dies": _moment(item["dies"])}))
    platform.templates = {item["template_id"]: item for item in snapshot["templates"]}
    platform.notice_templates = {item["priTmplId"]: item for item in snapshot["notice_templates"]}
    platform.tags = {number: Tag(number, name) for number, name in snapshot["tags"]}


def _person(person: Person) -> dict[str, Any]:
    until = person.rights.until
    return {
        **{name: getattr(person, name) for name in _PLAIN},
        "tags": list(person.tags),
        "followed_at": person.followed_at.isoformat() if person.followed_at else None,
        "exchanged_at": person.exchanged_at.isoformat() if person.exchanged_at else None,
        "rights": {"left": person.rights.left, "until": until.isoformat() if until else None},
        "grants": dict(person.grants),
        "switched_off": sorted(person.switched_off),
        "unread": person.unread,
        "messages": [seen.as_json() for seen in person.messages],
    }


def _person_back(item: Mapping[str, Any]) -> Person:
    return Person(
        **{name: item[name] for name in _PLAIN},
        followed_at=_moment(item["followed_at"]),
        exchanged_at=_moment(item["exchanged_at"]),
        rights=Rights(item["rights"]["left"], _moment(item["rights"]["until"])),
        grants=dict(item["grants"]),
        switched_off=set(item["switched_off"]),
        unread=item["unread"],
        messages=[Seen.from_json(seen) for seen in item["messages"]],
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
