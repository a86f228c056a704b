"""client_msg_id: the same id to the same person is delivered once, for ten minutes (reference §5.1)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

REMEMBERED_FOR = timedelta(minutes=10)


@dataclass
class ClientIds:
    """Which message a (person, client_msg_id) stands for, until when; oldest first."""

    _known: dict[tuple[str, str], tuple[datetime, str]] = field(default_factory=dict)

    def known(self, openid: str, client_id: str, now: datetime) -> str | None:
        """The msgid of the message this id already stands for, if it is still remembered."""
        until, msgid = self._known.get((openid, client_id), (now, ""))
        return msgid if now < until else None

    def keep(self, openid: str, client_id: str, msgid: str, now: datetime) -> None:
        """Remember a message, forgetting those whose ten minutes are over."""
        self._known.pop((openid, client_id), None)
        self._known[openid, client_id] = (now + REMEMBERED_FOR, msgid)
        while self._known:
            oldest = next(iter(self._known))
            if now < self._known[oldest][0]:
                break
            del self._known[oldest]
