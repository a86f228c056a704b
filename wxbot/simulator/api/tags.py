"""Tags of followers (reference §7.4)."""

from typing import Any

from wxbot.simulator.api.endpoint import GET, OK, POST, Answer, Call, Endpoint
from wxbot.simulator.api.users import listed_people, page_after
from wxbot.simulator.core import Tag
from wxbot.simulator.errors import ApiError

TAGS = 100
NAME_LENGTH = 30
TAGS_PER_PERSON = 20
PEOPLE_PER_CALL = 50
FOLLOWERS_PER_PAGE = 10_000
SYSTEM_TAGS = range(3)
FIRST_NUMBER = 100


def _given(call: Call) -> dict[str, Any]:
    tag = call.body.get("tag")
    if not isinstance(tag, dict):
        raise ApiError(40035, "tag")
    return tag


def _name(call: Call, own: int | None = None) -> str:
    name = _given(call).get("name")
    if not isinstance(name, str) or not name:
        raise ApiError(45157)
    if len(name) > NAME_LENGTH:
        raise ApiError(45158)
    if any(tag.name == name and tag.number != own for tag in call.platform.tags.values()):
        raise ApiError(45157)
    return name


def _tag(call: Call, number: Any) -> Tag:
    if isinstance(number, int) and number in SYSTEM_TAGS and not isinstance(number, bool):
        raise ApiError(45058)
    if not isinstance(number, int) or number not in call.platform.tags:
        raise ApiError(45159)
    return call.platform.tags[number]


def create(call: Call) -> Answer:
    """POST /cgi-bin/tags/create."""
    name = _name(call)
    tags = call.platform.tags
    if len(tags) >= TAGS:
        raise ApiError(45056)
    number = max(FIRST_NUMBER, *(each + 1 for each in tags)) if tags else FIRST_NUMBER
    tags[number] = Tag(number, name)
    return {"tag": {"id": number, "name": name}}


def listed(call: Call) -> Answer:
    """GET /cgi-bin/tags/get."""
    counts = dict.fromkeys(call.platform.tags, 0)
    for person in call.platform.people.values():
        for number in person.tags:
            counts[number] += 1
    rows = [{"id": tag.number, "name": tag.name, "count": counts[tag.number]} for tag in call.platform.tags.values()]
    return {"tags": rows}


def update(call: Call) -> Answer:
    """POST /cgi-bin/tags/update."""
    tag = _tag(call, _given(call).get("id"))
    tag.name = _name(call, tag.number)
    return OK


def delete(call: Call) -> Answer:
    """POST /cgi-bin/tags/delete."""
    tag = _tag(call, _given(call).get("id"))
    del call.platform.tags[tag.number]
    for person in call.platform.people.values():
        if tag.number in person.tags:
            person.tags.remove(tag.number)
    return OK


def members(call: Call) -> Answer:
    """POST /cgi-bin/user/tag/get."""
    number = call.body.get("tagid")
    if number not in call.platform.tags:
        raise ApiError(45159)
    every = [person.openid for person in call.platform.people.values() if number in person.tags]
    page = page_after(every, call.text("next_openid"), FOLLOWERS_PER_PAGE)
    answer: dict[str, Any] = {"count": len(page), "next_openid": page[-1] if page else ""}
    return answer | ({"data": {"openid": page}} if page else {})


def tagging(call: Call) -> Answer:
    """POST /cgi-bin/tags/members/batchtagging: those who cannot be tagged are named in 45171."""
    people = listed_people(call, PEOPLE_PER_CALL)
    number = call.body.get("tagid")
    if not isinstance(number, int) or number not in call.platform.tags:
        raise ApiError(45159)
    failed = []
    for person in people:
        if number in person.tags:
            continue
        if not person.following or len(person.tags) >= TAGS_PER_PERSON:
            failed.append(person.openid)
        else:
            person.tags.append(number)
    if failed and len(failed) == len(people):
        raise ApiError(45059 if call.platform.people[failed[0]].following else 43004)
    if failed:
        raise ApiError(45171, fail_openid_list=failed)
    return OK


def untagging(call: Call) -> Answer:
    """POST /cgi-bin/tags/members/batchuntagging."""
    people = listed_people(call, PEOPLE_PER_CALL)
    number = call.body.get("tagid")
    if not isinstance(number, int) or number not in call.platform.tags:
        raise ApiError(45159)
    for person in people:
        if number in person.tags:
            person.tags.remove(number)
    return OK


def of_person(call: Call) -> Answer:
    """POST /cgi-bin/tags/getidlist."""
    return {"tagid_list": list(call.person(call.body.get("openid")).tags)}


ENDPOINTS = (
    Endpoint(POST, "/cgi-bin/tags/create", create),
    Endpoint(GET, "/cgi-bin/tags/get", listed),
    Endpoint(POST, "/cgi-bin/tags/update", update),
    Endpoint(POST, "/cgi-bin/tags/delete", delete),
    Endpoint(POST, "/cgi-bin/user/tag/get", members),
    Endpoint(POST, "/cgi-bin/tags/members/batchtagging", tagging),
    Endpoint(POST, "/cgi-bin/tags/members/batchuntagging", untagging),
    Endpoint(POST, "/cgi-bin/tags/getidlist", of_person),
)
