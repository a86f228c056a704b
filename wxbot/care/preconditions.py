"""Is a message still wanted? The last look at the facts before it leaves. Pure.

Whether the patient may be written to at all (holds, consent, quiet hours, reachability) is the outbox's policy, not
asked here.
"""

from collections.abc import Iterable, Mapping

from wxbot.booking.models import AppointmentId
from wxbot.care.anchors import ANCHORS
from wxbot.care.anchors.kind import MET, AnchorKind, Facts, unwanted
from wxbot.outbox.models import Message
from wxbot.outbox.ports import Verdict


def appointments_named(messages: Iterable[Message], anchors: Mapping[str, AnchorKind] = ANCHORS) -> set[AppointmentId]:
    """The appointments that the messages' preconditions depend on."""
    judged = ((_kind(message, anchors), message.precondition) for message in messages)
    named = (kind.appointment_of(precondition) for kind, precondition in judged if kind is not None)
    return {each for each in named if each is not None}


def verdict(message: Message, facts: Facts, anchors: Mapping[str, AnchorKind] = ANCHORS) -> Verdict:
    """Whether the message is still wanted, and if not, why."""
    if not message.precondition:
        return MET
    kind = _kind(message, anchors)
    if kind is None:
        return unwanted("unknown_condition", "不认识这条消息的发送条件，为稳妥起见没有发送")
    return kind.judge(message.precondition, facts)


def _kind(message: Message, anchors: Mapping[str, AnchorKind]) -> AnchorKind | None:
    return anchors.get(str(message.precondition.get("kind")))
