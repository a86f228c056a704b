"""Receipts: what became of an accepted template or notice, pushed a moment later (reference §2.2)."""

import asyncio

from wxbot.simulator.faults import Fault
from wxbot.simulator.markup import XmlValue
from wxbot.simulator.people import Person, Seen
from wxbot.simulator.platform import Platform

TEMPLATE_EVENT = "TEMPLATESENDJOBFINISH"
NOTICE_EVENT = "subscribe_msg_sent_event"


async def template(platform: Platform, person: Person, seen: Seen, msgid: str) -> None:
    """Show the card and push the receipt; a patient who refuses gets nothing and the receipt says so."""
    fault = await _wait(platform, TEMPLATE_EVENT)
    status = "success"
    if person.refusing:
        status = "failed:user block"
    elif not person.following or (fault is not None and fault.code):
        status = "failed: system failed"
    else:
        platform.show(person, seen)
    event: dict[str, XmlValue] = {"MsgType": "event", "Event": TEMPLATE_EVENT, "MsgID": int(msgid), "Status": status}
    await _push(platform, person, event, fault)


async def notice(platform: Platform, person: Person, seen: Seen, template_id: str, msgid: str) -> None:
    """Show the notice and push the receipt."""
    fault = await _wait(platform, NOTICE_EVENT)
    code = fault.code if fault is not None and fault.code else 0
    if not code:
        platform.show(person, seen)
    row: dict[str, XmlValue] = {
        "TemplateId": template_id,
        "MsgID": msgid,
        "ErrorCode": code,
        "ErrorStatus": "success" if not code else "failed",
    }
    event: dict[str, XmlValue] = {"MsgType": "event", "Event": NOTICE_EVENT, "SubscribeMsgSentEvent": {"List": row}}
    await _push(platform, person, event, fault)


async def _wait(platform: Platform, event: str) -> Fault | None:
    fault = platform.faults.take(event, exactly=True)
    await asyncio.sleep(platform.receipt_delay + (fault.latency if fault else 0.0))
    return fault


async def _push(platform: Platform, person: Person, event: dict[str, XmlValue], fault: Fault | None) -> None:
    if fault is None or fault.drop is None:
        await platform.push(person.openid, event)
