"""Followers, remarks and the blacklist (reference §7.3)."""

from typing import Any

from wxbot.simulator.api.endpoint import GET, OK, POST, Answer, Call, Endpoint
from wxbot.simulator.errors import ApiError
from wxbot.simulator.people import Person

FOLLOWERS_PER_PAGE = 10_000
PEOPLE_PER_BATCH = 100
BLACKLIST_PER_PAGE = 1000
BLACKLIST_PER_CALL = 20
REMARK_BYTES = 30  # fewer than this


def info(call: Call) -> Answer:
    """GET /cgi-bin/user/info?openid=."""
    if not call.query.get("openid"):
        raise ApiError(41009)
    return profile(call.person(call.query["openid"]))


def profile(person: Person) -> dict[str, Any]:
    """What the platform tells of a person: no name, no picture; of a stranger nothing but that."""
    if not person.following or person.followed_at is None:
        return {"subscribe": 0, "openid": person.openid}
    number = int(person.scene) if person.scene.isdigit() else 0
    found: dict[str, Any] = {
        "subscribe": 1,
        "openid": person.openid,
        "language": "zh_CN",
        "subscribe_time": int(person.followed_at.timestamp()),
        "remark": person.remark,
        "groupid": 0,
        "tagid_list": list(person.tags),
        "subscribe_scene": person.came_by,
        "qr_scene": number,
        "qr_scene_str": "" if number else person.scene,
    }
    return found | ({"unionid": person.union_id} if person.union_id else {})


def batch(call: Call) -> Answer:
    """POST /cgi-bin/user/info/batchget: at most a hundred."""
    wanted = call.body.get("user_list")
    if not isinstance(wanted, list) or not all(isinstance(each, dict) for each in wanted):
        raise ApiError(40031)
    if not 1 <= len(wanted) <= PEOPLE_PER_BATCH:
        raise ApiError(40032)
    return {"user_info_list": [profile(call.person(each.get("openid"))) for each in wanted]}


def followers(call: Call) -> Answer:
    """GET /cgi-bin/user/get?next_openid=: the last full page still names a next_openid."""
    every = [person.openid for person in call.platform.people.values() if person.following]
    page = page_after(every, call.query.get("next_openid", ""), FOLLOWERS_PER_PAGE)
    answer: dict[str, Any] = {"total": len(every), "count": len(page), "next_openid": page[-1] if page else ""}
    return answer | ({"data": {"openid": page}} if page else {})


def page_after(every: list[str], last: str, size: int) -> list[str]:
    """The openids behind `last`, or from the beginning. Raises ApiError 40003 for one that is not in the list."""
    if not last:
        return every[:size]
    if last not in every:
        raise ApiError(40003)
    start = every.index(last) + 1
    return every[start : start + size]


def remark(call: Call) -> Answer:
    """POST /cgi-bin/user/info/updateremark."""
    person = call.person(call.body.get("openid"))
    text = call.body.get("remark")
    if not isinstance(text, str) or len(text.encode()) >= REMARK_BYTES:
        raise ApiError(40092)
    if not person.following:
        raise ApiError(43004)
    person.remark = text
    return OK


def blacklist(call: Call) -> Answer:
    """POST /cgi-bin/tags/members/getblacklist."""
    every = [person.openid for person in call.platform.people.values() if person.blacklisted]
    page = page_after(every, call.text("begin_openid"), BLACKLIST_PER_PAGE)
    answer: dict[str, Any] = {"total": len(every), "count": len(page), "next_openid": page[-1] if page else ""}
    return answer | ({"data": {"openid": page}} if page else {})


def _mark(call: Call, *, blacklisted: bool) -> Answer:
    people = listed_people(call, BLACKLIST_PER_CALL)
    for person in people:
        person.blacklisted = blacklisted
    return OK


def listed_people(call: Call, most: int) -> list[Person]:
    """The people of `openid_list`. Raises ApiError 40031, 40032 (length), 40003 (unknown)."""
    wanted = call.body.get("openid_list")
    if not isinstance(wanted, list) or not all(isinstance(each, str) for each in wanted):
        raise ApiError(40031)
    if not 1 <= len(wanted) <= most:
        raise ApiError(40032)
    if not all(each in call.platform.people for each in wanted):
        raise ApiError(40003)
    return [call.platform.people[each] for each in dict.fromkeys(wanted)]


def block(call: Call) -> Answer:
    """POST /cgi-bin/tags/members/batchblacklist."""
    return _mark(call, blacklisted=True)


def unblock(call: Call) -> Answer:
    """POST /cgi-bin/tags/members/batchunblacklist."""
    return _mark(call, blacklisted=False)


ENDPOINTS = (
    Endpoint(GET, "/cgi-bin/user/info", info),
    Endpoint(POST, "/cgi-bin/user/info/batchget", batch),
    Endpoint(GET, "/cgi-bin/user/get", followers),
    Endpoint(POST, "/cgi-bin/user/info/updateremark", remark),
    Endpoint(POST, "/cgi-bin/tags/members/getblacklist", blacklist),
    Endpoint(POST, "/cgi-bin/tags/members/batchblacklist", block),
    Endpoint(POST, "/cgi-bin/tags/members/batchunblacklist", unblock),
)
