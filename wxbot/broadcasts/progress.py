"""The progress of a broadcast, from the states of its messages in the outbox. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from wxbot.broadcasts.models import Broadcast
from wxbot.messaging import Purpose
from wxbot.outbox.models import State
from wxbot.outbox.stores.reading import PENDING, Tallied

ARRIVED = (State.ACCEPTED, State.DELIVERED)


@dataclass(frozen=True, kw_only=True)
class BroadcastProgress:
    """Messages of a broadcast and calls to patients without WeChat: `slots` is the sum of the next six numbers.

    `reasons` says why messages were not sent: (code, number), the most frequent first.
    """

    slots: int
    upcoming: int  # their slot has not come
    pending: int  # in the outbox, not due
    sent: int  # the platform took it
    phoned: int  # handed to a person to phone
    not_sent: int
    unknown: int  # may have arrived
    reasons: tuple[tuple[str, int], ...] = ()

    @property
    def percent(self) -> int:
        """The share of slots that are done, 0 to 100."""
        return 100 if self.slots == 0 else (self.slots - self.upcoming - self.pending) * 100 // self.slots


def progress(broadcast: Broadcast, tally: Sequence[Tallied]) -> BroadcastProgress:
    """The totals. Patients without WeChat have no message: slots missing in the outbox became calls."""
    total = broadcast.preview.slots if broadcast.preview is not None else 0
    in_outbox = sum(each.messages for each in tally)
    calls = broadcast.calls and broadcast.purpose is not Purpose.MARKETING  # nobody is phoned with an offer
    phoned = sum(each.messages for each in tally if calls and _is_phoned(each))
    refused = [
        each for each in tally if each.state in {State.DROPPED, State.FAILED} and not (calls and _is_phoned(each))
    ]
    reasons: dict[str, int] = {}
    for each in refused:
        reasons[each.reason] = reasons.get(each.reason, 0) + each.messages
    return BroadcastProgress(
        slots=total,
        upcoming=max(0, total - broadcast.next_slot),
        pending=sum(each.messages for each in tally if each.state in PENDING),
        sent=sum(each.messages for each in tally if each.state in ARRIVED),
        phoned=phoned + max(0, broadcast.next_slot - in_outbox),
        not_sent=sum(each.messages for each in refused),
        unknown=sum(each.messages for each in tally if each.state is State.UNKNOWN),
        reasons=tuple(sorted(reasons.items(), key=lambda each: (-each[1], each[0]))),
    )


def _is_phoned(tallied: Tallied) -> bool:
    """Whether no channel was allowed, so that staff phone."""
    return tallied.state is State.DROPPED and tallied.reason == "no_channel"
