"""What the outbox asks of the rooms and edges above it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol

from wxbot.history.models import ContactId, PatientId
from wxbot.outbox.models import Envelope, Message, MessageId, Outcome

NO_CONDITION: Mapping[str, Any] = MappingProxyType({})


class Sender(Protocol):
    """Carries an envelope to the platform. Implemented by wechat/sender.py."""

    async def send(self, envelope: Envelope) -> Outcome:
        """Make exactly one attempt (token refresh apart) and report; never raises for the platform's answers."""
        ...


@dataclass(frozen=True)
class Verdict:
    """Whether the precondition of a message is met, and if not, why (code and words for staff).

    `rests`: it is met, but what the message belongs to is paused; ask again after that time.
    """

    met: bool
    reason: str = ""
    explanation: str = ""
    rests: timedelta | None = None


class PreconditionChecker(Protocol):
    """Checks the preconditions of messages just before they are sent. Implemented by care and broadcasts."""

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        """One verdict per message; of a message without a precondition it is met."""
        ...


class AuthoredNews(Protocol):
    """Hears what became of what colleagues wrote. Implemented by conversations."""

    async def answered(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        contact_id: ContactId,
        *,
        line_id: str,
        words: str,
        by: str,
        now: datetime,
        condition: Mapping[str, Any] = NO_CONDITION,
    ) -> None:
        """The platform took it; `line_id` is its line of the transcript. Told again after a crash.

        `condition` is the message's precondition: it says which talk it belonged to.
        """
        ...


class Photos(Protocol):
    """Holds the pictures that colleagues send. Implemented by media."""

    async def photo(self, media_id: str) -> bytes | None:
        """Its bytes; None when it was erased."""
        ...


class Circumstances(Protocol):
    """What else decides whether marketing may be sent. Implemented by broadcasts, which may look into booking."""

    async def treated(self, patient_ids: Collection[PatientId], now: datetime) -> Mapping[PatientId, datetime]:
        """When each patient's latest treatment with aftercare began, at or before `now`; left out where none is known.

        Looks back as far as any rule asks: the recovery time, and the time over which care is counted.
        """
        ...


class PlannedSurveys(Protocol):
    """Asks surveys. Implemented by surveys/planned.py."""

    async def ask_planned(self, message: Message, intro: str, now: datetime) -> bool:
        """Ask the survey that the message names after `intro`; whether it is enqueued. Safe to repeat."""
        ...


class Tasks(Protocol):
    """Work for people. Implemented by followups."""

    async def open(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        *,
        key: str,
        kind: str,
        reason: str,
        contact_id: ContactId | None,
        patient_id: PatientId | None,
        due_at: datetime,
        now: datetime,
        subject: str = "",
        script: str = "",
        about: str = "",
    ) -> Any:
        """Open a task once per `key`; `kind` is "phone", "check" or "recall", `reason` in words staff understand.

        `subject` is what it is derived from: whoever derives it closes it when that changes. `script` is how it is
        talked about, with the clock that runs for it (empty: by its kind), `about` the treatment that it follows.
        """
        ...
