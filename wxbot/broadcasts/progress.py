"""How far a broadcast is, from what the outbox says of its messages. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from wxbot.broadcasts.models import Broadcast
from wxbot.messaging import Purpose
from wxbot.outbox.models import State
from wxbot.outbox.stores.reading import PENDING, Tallied

ARRIVED = (State.ACCEPTED, State.DELIVERED)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Messages of a broadcast, and people without WeChat: `turns` is the sum of the six numbers below it.

    `reasons` says why messages were not sent: (code, number), the most frequent first.
    """

    turns: int
    to_come: int  # their turn has not come
    pending: int  # in the outbox, waiting for their minute
    sent: int  # the platform took it
    phoned: int  # handed to a person to phone
    not_sent: int
    unknown: int  # may have arrived
    reasons: tuple[tuple[str, int], ...] = ()

    @property
    def percent(self) -> int:
        """How much of it is decided, 0 to 100."""
        return 100 if self.turns == 0 else (self.turns - self.to_come - self.pending) * 100 // self.turns


def progress(broadcast: Broadcast, tally: Sequence[Tallied]) -> Progress:
    """The sum of what stands. People without WeChat have no message: what is missing in the outbox was phoned."""
    total = broadcast.preview.slots if broadcast.preview is not None else 0
    in_outbox = sum(each.messages for each in tally)
    calls = broadcast.purpose is not Purpose.MARKETING  # nobody is phoned with an offer
    phoned = sum(each.messages for each in tally if calls and _is_phoned(each))
    refused = [
        each for each in tally if each.state in {State.DROPPED, State.FAILED} and not (calls and _is_phoned(each))
    ]
    reasons: dict[str, int] = {}
    for each in refused:
        reasons[each.reason] = reasons.get(each.reason, 0) + each.messages
    return Progress(
        turns=total,
        to_come=max(0, total - broadcast.next_slot),
        pending=sum(each.messages for each in tally if each.state in PENDING),
        sent=sum(each.messages for each in tally if each.state in ARRIVED),
        phoned=phoned + max(0, broadcast.next_slot - in_outbox),
        not_sent=sum(each.messages for each in refused),
        unknown=sum(each.messages for each in tally if each.state is State.UNKNOWN),
        reasons=tuple(sorted(reasons.items(), key=lambda each: (-each[1], each[0]))),
    )


def _is_phoned(tallied: Tallied) -> bool:
    """No channel was allowed, so a person phones."""
    return tallied.state is State.DROPPED and tallied.reason == "no_channel"
