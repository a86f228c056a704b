"""Media: what a patient sent beside words."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from wxbot.history.models import ContactId

MB = 1024 * 1024
MOST_BYTES = 10 * MB  # the platform takes no larger picture (reference §7.9); a document of MongoDB holds 16 MB
MOST_SENT_BYTES = 2 * MB  # of a picture to a patient: one official line says 10 MB, another 2 (reference §7.9)
LIVES_AT_PLATFORM = timedelta(days=3)  # reference §7.9


class MediaKind(StrEnum):
    """What is kept. Videos stay at the platform."""

    PHOTO = "photo"
    VOICE = "voice"


class MediaState(StrEnum):
    """How far it is."""

    WAITING = "waiting"  # to be fetched
    KEPT = "kept"
    GONE = "gone"  # the platform had forgotten it
    REFUSED = "refused"  # no picture or voice by its bytes, too large, or nothing that could be decoded


@dataclass(frozen=True, kw_only=True)
class Media:
    """One photo or voice, of a patient or to one. The id is that of its line of the transcript.

    `platform_ids` are the platform's, the better one first; the bytes are as they are served.
    """

    id: str
    contact_id: ContactId
    kind: MediaKind
    platform_ids: tuple[str, ...]
    noted_at: datetime
    state: MediaState = MediaState.WAITING
    due_at: datetime  # when it is tried next, by the clinic's clock
    attempts: int = 0
    lease_until: datetime | None = None  # by the machine's clock: somebody is fetching it
    content_type: str = ""
    size: int = 0  # bytes
    data: bytes | None = field(default=None, repr=False)
