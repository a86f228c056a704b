"""Template messages (reference §5)."""

import secrets
from typing import Any

from wxbot.simulator import definitions
from wxbot.simulator.api import receipts
from wxbot.simulator.api.endpoint import GET, OK, POST, Answer, Call, Endpoint
from wxbot.simulator.api.messages import check_reachable
from wxbot.simulator.errors import ApiError
from wxbot.simulator.fields import filled
from wxbot.simulator.people import Seen
from wxbot.simulator.showing import card_of

TEMPLATES_IN_USE = 25
URL_BYTES = 1024
ID_LENGTH = 64


def send(call: Call) -> Answer:
    """POST /cgi-bin/message/template/send: accepted with a msgid; the outcome comes as an event."""
    person = call.person(call.body.get("touser"))
    definition = _definition(call)
    url = page_of(call.body, "url")
    pairs = filled(definition["content"], call.body.get("data"), definition.get("choices"))
    check_reachable(person)
    platform, now = call.platform, call.platform.now()
    client_id = str(call.body.get("client_msg_id") or "")
    known = platform.client_ids.known(person.openid, client_id, now) if client_id else None
    if known is not None:
        return {**OK, "msgid": int(known)}
    msgid = platform.new_number()
    if client_id:
        platform.client_ids.keep(person.openid, client_id, msgid, now)
    platform.note_sent(call.path, person.openid, call.body, msgid)
    card = card_of(definition["title"], url, pairs)
    seen = Seen(at=now, direction="out", kind="template", via="template", card=card)
    platform.run(receipts.template(platform, person, seen, msgid))
    return {**OK, "msgid": int(msgid)}


def page_of(body: dict[str, Any], member: str) -> str:
    """Where a card leads: the mini program's page wins. Raises ApiError 40039, 40165, 40013."""
    program = body.get("miniprogram")
    if isinstance(program, dict) and program:
        if not program.get("appid"):
            raise ApiError(40013)
        if not isinstance(program.get("pagepath", ""), str):
            raise ApiError(40165)
        return f"weapp://{program['appid']}/{program.get('pagepath', '')}"
    url = body.get(member) or ""
    if not isinstance(url, str) or len(url.encode()) > URL_BYTES:
        raise ApiError(40039)
    return url


def _definition(call: Call) -> dict[str, Any]:
    template_id = call.body.get("template_id")
    if not isinstance(template_id, str) or not 1 <= len(template_id) <= ID_LENGTH:
        raise ApiError(40036)
    if template_id not in call.platform.templates:
        raise ApiError(40037)
    return call.platform.templates[template_id]


def listed(call: Call) -> Answer:
    """GET /cgi-bin/template/get_all_private_template."""
    hidden = {"choices"}
    rows = [{k: v for k, v in item.items() if k not in hidden} for item in call.platform.templates.values()]
    return {"template_list": rows}


def add(call: Call) -> Answer:
    """POST /cgi-bin/template/api_add_template: choose from the category library; keywords keep their order."""
    short = call.text("template_id_short")
    if not short.isdigit():
        raise ApiError(40247)
    entry = definitions.LIBRARY.get(short)
    if entry is None:
        raise ApiError(40037)
    names = call.body.get("keyword_name_list")
    known = {name: number for number, name, _, _ in entry.keywords}
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name in known for name in names):
        raise ApiError(40246)
    if len(call.platform.templates) >= TEMPLATES_IN_USE:
        raise ApiError(45026)
    chosen = tuple(known[name] for name in names)
    template_id = secrets.token_urlsafe(32)[:43]
    example = entry.example(chosen)
    call.platform.add_template(template_id, entry.title, entry.content(chosen), example=example)
    return {**OK, "template_id": template_id}


def delete(call: Call) -> Answer:
    """POST /cgi-bin/template/del_private_template."""
    _definition(call)
    del call.platform.templates[call.body["template_id"]]
    return OK


ENDPOINTS = (
    Endpoint(POST, "/cgi-bin/message/template/send", send),
    Endpoint(GET, "/cgi-bin/template/get_all_private_template", listed),
    Endpoint(POST, "/cgi-bin/template/api_add_template", add),
    Endpoint(POST, "/cgi-bin/template/del_private_template", delete),
)
