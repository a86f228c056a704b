"""Alarms that may be a moment's: of the first one only follows that the channel is tried once more, a little later."""

from datetime import datetime, timedelta

from wxbot.messaging import Channel
from wxbot.outbox.models import Call, Message, Outcome
from wxbot.outbox.reactions import Finish, Retry, in_time, is_doubtful

SPACED_BY = timedelta(seconds=5)  # long enough for a machine of the platform's to be taken out of its row
BELIEVED_FOR = timedelta(minutes=10)  # a doubtful alarm within it is the second of two; later, the first of two again


class Doubts:
    """Remembers the first doubtful alarm of each channel. In this process only, as the pauses are."""

    def __init__(self) -> None:
        self._since: dict[Channel, datetime] = {}

    def once_more(self, message: Message, channel: Channel, outcome: Outcome, now: datetime) -> Retry | Finish | None:
        """What follows while the alarm is doubted; None when it is none, or is to be believed.

        Calls that were under way with the first one count as the first.
        """
        if outcome.call is Call.ACCEPTED:
            self._since.pop(channel, None)
        if not is_doubtful(outcome):
            return None
        since = self._since.get(channel)
        if since is None or now - since > BELIEVED_FOR:
            since = self._since[channel] = now
        if now - since >= SPACED_BY:
            return None
        at = since + SPACED_BY
        reason = "refused" if outcome.code is None else str(outcome.code)
        words = outcome.advice or "微信的回答不正常"
        again = Retry(at=at, reason=reason, explanation=words, counts=False, pause_until=at, pause_channel=True)
        return in_time(message, again)
