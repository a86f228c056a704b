"""The inner XML of a push → an `Update`. One parse; the tables of message_kinds and event_kinds decide the rest."""

from datetime import UTC, datetime

from wxbot.dispatch.updates import Update
from wxbot.wechat.event_kinds import event
from wxbot.wechat.message_kinds import Common, message
from wxbot.wechat.push import OPENID_LENGTH, Push, read
from wxbot.wechat.refusals import MalformedError

LONG_AGO = datetime.fromtimestamp(0, UTC)


def parse(xml: bytes, arrived_at: datetime = LONG_AGO) -> Update:
    """Understand one push (UTF-8 XML, already decrypted).

    The key of a message is `m:<MsgId>:` and a digest of MsgId and openid. Events have no MsgId: theirs is `e:` and a
    digest of openid, CreateTime, Event, EventKey and whatever else tells two such events apart (reference §1.5). A
    retried push has the same key.

    What is well-formed is never refused for a gap: a message or event that lacks what its kind has, or has it out of
    range, is an UnknownMessage or UnknownEvent with all it said. Without a sender its openid is empty; `arrived_at`
    stands in for a CreateTime that is missing.

    Raises MalformedError, and nothing else, for what is no `<xml>` document or has neither sender nor kind.
    """
    return update_of(read(xml), arrived_at)


def update_of(push: Push, arrived_at: datetime) -> Update:
    """The same for a push that is already read."""
    openid = push.get("FromUserName")
    kind = push.get("MsgType")
    if not openid and not kind:
        raise MalformedError("neither a sender nor a kind: no push")
    common: Common = {
        "openid": openid if len(openid) <= OPENID_LENGTH else "",
        "account": push.get("ToUserName"),
        "created_at": push.created_at(arrived_at),
    }
    if kind.lower() == "event":
        return event(push, common)
    return message(push, common, kind)
