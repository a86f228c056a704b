"""The inner XML of a push → an `Update`. One parse; the tables of message_kinds and event_kinds decide the rest."""

from wxbot.dispatch.updates import Update
from wxbot.wechat.event_kinds import event
from wxbot.wechat.message_kinds import Common, message
from wxbot.wechat.push import OPENID_LENGTH, Push, read
from wxbot.wechat.refusals import MalformedError


def parse(xml: bytes) -> Update:
    """Understand one push (UTF-8 XML, already decrypted).

    The key is `m:<MsgId>` for messages. Events have no MsgId: theirs is `e:` and a digest of openid, CreateTime,
    Event, EventKey and whatever else tells two such events apart (reference §1.5). A retried push has the same key.
    Raises MalformedError, and nothing else, for everything that cannot be understood.
    """
    return update_of(read(xml))


def update_of(push: Push) -> Update:
    """The same for a push that is already read."""
    openid = push.need("FromUserName")
    if len(openid) > OPENID_LENGTH:
        raise MalformedError("FromUserName is too long")
    kind = push.need("MsgType")
    common: Common = {"openid": openid, "account": push.need("ToUserName"), "created_at": push.created_at()}
    if kind.lower() == "event":
        return event(push, common)
    return message(push, common, kind)
