"""Subscription notices and their library (reference §6)."""

import secrets
from typing import Any

from wxbot.simulator import definitions
from wxbot.simulator.api import receipts
from wxbot.simulator.api.endpoint import GET, OK, POST, Answer, Call, Endpoint
from wxbot.simulator.api.templates import page_of
from wxbot.simulator.errors import ApiError
from wxbot.simulator.fields import filled
from wxbot.simulator.people import Seen
from wxbot.simulator.showing import card_of

TITLES_PER_PAGE = 30
KEYWORDS = range(2, 6)  # a notice has two to five keywords
SCENE_LENGTH = 15
NOTICES_IN_USE = 50


def send(call: Call) -> Answer:
    """POST /cgi-bin/message/subscribe/bizsend: uses up one accept; reaches people who do not follow, too."""
    person = call.person(call.body.get("touser"))
    template_id = call.body.get("template_id")
    if not isinstance(template_id, str) or template_id not in call.platform.notice_templates:
        raise ApiError(40037)
    definition = call.platform.notice_templates[template_id]
    url = page_of(call.body, "page")
    pairs = filled(definition["content"], call.body.get("data"), definition.get("choices"))
    left = person.grants.get(template_id, 0)
    if left <= 0 or person.refusing or template_id in person.switched_off:
        raise ApiError(43101)
    if definition.get("type") != definitions.LONG_TERM:
        person.grants[template_id] = left - 1
    platform, now = call.platform, call.platform.now()
    msgid = platform.new_number()
    platform.note_sent(call.path, person.openid, call.body, msgid)
    card = card_of(definition["title"], url, pairs)
    seen = Seen(at=now, direction="out", kind="notice", via="notice", card=card)
    platform.run(receipts.notice(platform, person, seen, template_id, msgid))
    return OK


def categories(_: Call) -> Answer:
    """GET /wxaapi/newtmpl/getcategory."""
    return {**OK, "data": [{"id": number, "name": name} for number, name in definitions.CATEGORIES.items()]}


def titles(call: Call) -> Answer:
    """GET /wxaapi/newtmpl/getpubtemplatetitles?ids=&start=&limit=."""
    ids = call.query.get("ids", "").split(",")
    if not all(each.isdigit() and int(each) in definitions.CATEGORIES for each in ids):
        raise ApiError(200018)
    start, limit = call.query.get("start", ""), call.query.get("limit", "")
    if not start.isdigit():
        raise ApiError(200016)
    if not limit.isdigit() or not 1 <= int(limit) <= TITLES_PER_PAGE:
        raise ApiError(200017)
    wanted = {int(each) for each in ids}
    found = [entry for entry in definitions.LIBRARY.values() if entry.category in wanted]
    page = found[int(start) : int(start) + int(limit)]
    data = [
        {"tid": int(entry.number), "title": entry.title, "type": entry.kind, "categoryId": str(entry.category)}
        for entry in page
    ]
    return {**OK, "count": len(found), "data": data}


def keywords(call: Call) -> Answer:
    """GET /wxaapi/newtmpl/getpubtemplatekeywords?tid=."""
    entry = _entry(call.query.get("tid", ""))
    data = [
        {"kid": number, "name": name, "example": example, "rule": rule}
        for number, name, rule, example in entry.keywords
    ]
    return {**OK, "count": len(data), "data": data}


def add(call: Call) -> Answer:
    """POST /wxaapi/newtmpl/addtemplate."""
    entry = _entry(str(call.body.get("tid", "")))
    chosen = call.body.get("kidList")
    known = {number for number, _, _, _ in entry.keywords}
    if not isinstance(chosen, list) or len(chosen) not in KEYWORDS or not all(each in known for each in chosen):
        raise ApiError(200020)
    scene = call.body.get("sceneDesc", "")
    if not isinstance(scene, str) or len(scene) > SCENE_LENGTH:
        raise ApiError(200021)
    content = entry.content(tuple(chosen))
    existing = call.platform.notice_templates.values()
    if any(item["title"] == entry.title and item["content"] == content for item in existing):
        raise ApiError(200022)
    if len(existing) >= NOTICES_IN_USE:
        raise ApiError(200012)
    template_id = secrets.token_urlsafe(32)[:43]
    example = entry.example(tuple(chosen))
    call.platform.add_notice_template(template_id, entry.title, content, example=example, type=entry.kind)
    return {**OK, "priTmplId": template_id}


def listed(call: Call) -> Answer:
    """GET /wxaapi/newtmpl/gettemplate."""
    rows: list[dict[str, Any]] = []
    for item in call.platform.notice_templates.values():
        choices = item.get("choices") or {}
        values = [{"keywordCode": f"{name}.DATA", "enumValueList": list(each)} for name, each in choices.items()]
        rows.append({**{k: v for k, v in item.items() if k != "choices"}, "keywordEnumValueList": values})
    return {**OK, "data": rows}


def delete(call: Call) -> Answer:
    """POST /wxaapi/newtmpl/deltemplate."""
    template_id = call.text("priTmplId")
    if template_id not in call.platform.notice_templates:
        raise ApiError(40037)
    del call.platform.notice_templates[template_id]
    return OK


def _entry(number: str) -> definitions.LibraryTitle:
    entry = definitions.LIBRARY.get(number)
    if entry is None:
        raise ApiError(200014)
    return entry


ENDPOINTS = (
    Endpoint(POST, "/cgi-bin/message/subscribe/bizsend", send, one_at_a_time=("touser", 43108)),
    Endpoint(GET, "/wxaapi/newtmpl/getcategory", categories),
    Endpoint(GET, "/wxaapi/newtmpl/getpubtemplatetitles", titles),
    Endpoint(GET, "/wxaapi/newtmpl/getpubtemplatekeywords", keywords),
    Endpoint(POST, "/wxaapi/newtmpl/addtemplate", add),
    Endpoint(GET, "/wxaapi/newtmpl/gettemplate", listed),
    Endpoint(POST, "/wxaapi/newtmpl/deltemplate", delete),
)
