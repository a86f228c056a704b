"""What stands against the words of a reply: the check of quality/spoken.py, asked with the moment of the talk."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from wxbot.actors import STAFF, SYSTEM, Actor
from wxbot.clinic.ports import LiveClinic
from wxbot.conversations.hours.clocks import DeskTime
from wxbot.conversations.models import Cause, Episode
from wxbot.conversations.replies.clinic_facts import LiveClinicFacts
from wxbot.errors import NotFoundError
from wxbot.history.models import By, ContactId, Interaction, Kind
from wxbot.quality.facts import SpokenContext
from wxbot.quality.models import Finding
from wxbot.staff.models import Account, AccountId

LOOKED_AT = 40  # lines of the transcript, the latest
BEFORE_IT_OPENED = timedelta(minutes=10)  # what the patient wrote so shortly before belongs to the talk
SAME_TURN = timedelta(minutes=2)  # a hand-over so lately belongs to what is written now (A2-62)


class SpokenCheck(Protocol):
    """Judges a text. No database, no waiting. Implemented by quality/spoken.py."""

    def findings(self, text: str, context: SpokenContext) -> tuple[Finding, ...]:
        """What of it must, should or could be said otherwise; `text[start:end]` are the words of each."""
        ...


class Transcript(Protocol):
    """Reads the latest lines. Implemented by `wxbot.history.service.History`."""

    async def timeline(
        self, contact_id: ContactId, *, before: datetime | None = None, limit: int = 100
    ) -> list[Interaction]:
        """Newest first."""
        ...


class Duty(Protocol):
    """Knows shifts. Implemented by `shifts.Shifts`."""

    async def ends_in(self, account_id: AccountId, now: datetime) -> timedelta | None:
        """How long somebody's present shift lasts."""
        ...


class Accounts(Protocol):
    """Knows who works as what. Implemented by `wxbot.staff.service.Staff`."""

    async def account(self, account_id: AccountId, *, by: Actor) -> Account:
        """Raises NotFoundError."""
        ...


class ReplyCheck:
    """Asks the check of words with what is true of the clinic and the talk."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        words: SpokenCheck,
        *,
        clinics: LiveClinic,
        times: DeskTime,
        transcript: Transcript,
        duty: Duty,
        accounts: Accounts,
    ) -> None:
        self._words = words
        self._clinics = clinics
        self._times = times
        self._facts = LiveClinicFacts(clinics)
        self._transcript = transcript
        self._duty = duty
        self._accounts = accounts

    async def findings(self, text: str, episode: Episode, account_id: AccountId, now: datetime) -> tuple[Finding, ...]:
        """What stands against that account's saying it in that talk now, the most serious first."""
        lines, ends_in, role = await asyncio.gather(
            self._transcript.timeline(episode.contact_id, limit=LOOKED_AT),
            self._duty.ends_in(account_id, now),
            self._role(account_id),
        )
        since = episode.opened_at - BEFORE_IT_OPENED
        talk = [line for line in reversed(lines) if line.at >= since and line.text]
        heard = [line for line in talk if line.kind is Kind.MESSAGE_RECEIVED]
        waiting = episode.waiting_since
        context = SpokenContext(
            at=now.astimezone(self._clinics.current.timezone),
            clinic=self._facts.current,
            shift_ends_in=ends_in,
            patient_words=_texts(talk, Kind.MESSAGE_RECEIVED, By.PATIENT),
            agent_replies=_texts(talk, Kind.MESSAGE_SENT, STAFF),
            waited=None if waiting is None else self._times.current.elapsed(waiting, now),
            transfer_in_same_turn=bool(episode.handovers) and now - episode.handovers[-1].at <= SAME_TURN,
            follow_up=episode.cause is Cause.STAFF and not any(line.at >= episode.opened_at for line in heard),
            role=role,
        )
        return self._words.findings(text, context)

    async def _role(self, account_id: AccountId) -> str:
        try:
            return (await self._accounts.account(account_id, by=SYSTEM)).role.value
        except NotFoundError:
            return ""


def _texts(lines: Sequence[Interaction], kind: Kind, by: str) -> tuple[str, ...]:
    return tuple(line.text for line in lines if line.kind is kind and line.by.startswith(by) and line.text)
