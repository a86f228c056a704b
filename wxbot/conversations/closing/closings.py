"""The closing wizard: what a close would come to, what to send first, and what an abusive patient is told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from wxbot.clinic.ports import LiveClinic
from wxbot.conversations.closing.ending_words import EndingWords
from wxbot.conversations.closing.endings import WARNINGS, Closing, decide, is_patients, talk_of
from wxbot.conversations.closing.farewells import Sentences
from wxbot.conversations.closing.leads import goals_of
from wxbot.conversations.models import Episode
from wxbot.history.models import ContactId, Interaction
from wxbot.patients.models import Patient


class Records(Protocol):
    """Whom a contact speaks for. Satisfied by patients/service.py."""

    async def of_contacts(self, contact_ids: Collection[ContactId]) -> Mapping[ContactId, Sequence[Patient]]:
        """Their patients' records."""
        ...


class Bookings(Protocol):
    """What is booked. Satisfied by booking/service.py."""

    async def upcoming(self, contact_id: ContactId, now: datetime) -> Sequence[object]:
        """The contact's appointments ahead."""
        ...


@dataclass(frozen=True, kw_only=True)
class AbuseAdvice:
    """What to do about a patient who insults (A2-27, A2-33, A0-35). `sentence` is the next of the two warnings."""

    warned: int  # of the two
    sentence: str  # empty when both were said
    may_end: bool  # both were said and the patient went on
    words: str  # for staff


@dataclass(frozen=True, kw_only=True)
class EndingLists:
    """What config/endings.toml says."""

    words: EndingWords = field(default_factory=EndingWords)
    sentences: Sentences = field(default_factory=Sentences)


class Closings:
    """Decides endings by the clinic's own lists. Writes nothing."""

    def __init__(self, lists: EndingLists, *, clinics: LiveClinic, patients: Records, booking: Bookings) -> None:
        self._lists = lists
        self._clinics = clinics
        self._patients = patients
        self._booking = booking

    @property
    def words(self) -> EndingWords:
        """The lists by which endings are told."""
        return self._lists.words

    def decide(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        episode: Episode,
        lines: Sequence[Interaction],
        *,
        by: str,
        now: datetime,
        outage: bool = False,
        may_ask: bool = True,
    ) -> Closing:
        """The ending of an episode with the lines since it was opened, oldest first; `by` as in `endings.decide`."""
        return decide(
            episode,
            lines,
            by=by,
            now=now,
            outage=outage,
            words=self._lists.words,
            sentences=self._lists.sentences,
            clinic=self._clinics.current,
            may_ask=may_ask,
        )

    async def propose(self, episode: Episode, lines: Sequence[Interaction], *, by: str, now: datetime) -> Closing:
        """The same, with what is known of the patient: a booking or a contact, made in the talk or before (A0-11)."""
        may_ask = bool(goals_of(lines)) or await self.reachable(episode.contact_id, now)
        return self.decide(episode, lines, by=by, now=now, may_ask=may_ask)

    async def reachable(self, contact_id: ContactId, now: datetime) -> bool:
        """Whether a booking is ahead or a telephone of theirs is on record: they can be reached afterwards."""
        patients = (await self._patients.of_contacts([contact_id])).get(contact_id, ())
        if any(patient.phone for patient in patients):
            return True
        return bool(await self._booking.upcoming(contact_id, now))

    def greeting(self, now: datetime) -> str:
        """How a colleague says hello today (A2-18, A2-30)."""
        return self._lists.sentences.greeting(now, self._clinics.current)

    def abuse(self, lines: Sequence[Interaction]) -> AbuseAdvice | None:
        """What to do when the patient insults; None while they do not."""
        talk = talk_of(lines, self._lists.words)
        insults = [line for line in talk.lines if is_patients(line) and talk.words.says("abuse", line.text or "")]
        warned = talk.warnings()
        said = len(warned)
        if not insults and not said:
            return None
        went_on = bool(insults) and (not warned or insults[-1] in talk.after(warned[-1]))
        if not went_on and said < WARNINGS:
            return None
        if said >= WARNINGS:
            words = "已经两次提醒文明用语，可以结束会话；也可以请同事接手，或请主管处理。"
            return AbuseAdvice(warned=said, sentence="", may_end=True, words=words)
        key = "warning_last" if said else "warning_first"
        words = "请先冷静，不要回骂。可以请同事接手；需要提醒患者时，用备好的这句话。"
        sentence = self._lists.sentences.plain(key, self._clinics.current)
        return AbuseAdvice(warned=said, sentence=sentence, may_end=False, words=words)
