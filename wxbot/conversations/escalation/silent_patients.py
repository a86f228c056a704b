"""Asks silent patients whether they are still there, and ends the talk with those who do not answer (A2-22)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wxbot.actors import SYSTEM
from wxbot.clinic.ports import LiveClinic
from wxbot.conversations.escalation.ports import ClosesEpisodes
from wxbot.conversations.escalation.promises import Promises
from wxbot.conversations.escalation.silence import Nudge, Step, is_silent, next_step, nudge_key
from wxbot.conversations.escalation.stores.silent import SilentEpisodeStore
from wxbot.conversations.hours.clocks import BusinessTime
from wxbot.conversations.models import Ending, EndingKind, Episode, EpisodeId
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.store import EpisodeStore
from wxbot.messaging import Purpose
from wxbot.outbox.ledger import can_send_customer
from wxbot.outbox.lines import sent_id
from wxbot.outbox.models import Message, MessageId, State
from wxbot.outbox.ports import Verdict
from wxbot.outbox.service import Outbox

KIND = "silence"  # of the precondition of a nudge
TEMPLATES = ("desk.nudge", "desk.nudge_again")
WORTH_SENDING = timedelta(minutes=5)  # a nudge that could not leave by then comes too late
LEFT_FOR_COLLEAGUES = 1  # replies that a nudge does not use up
ON_ITS_WAY = (State.WAITING, State.CLAIMED)
ARRIVED = (State.ACCEPTED, State.DELIVERED)
NOTE = "患者没有再回复，已两次询问"

MET = Verdict(met=True)
SPOKE = Verdict(met=False, reason="patient_spoke", explanation="患者或同事已经说话，不必再问")


@dataclass(frozen=True, kw_only=True)
class Silent:
    """An episode with the step that is due, and the nudges of this silence so far."""

    episode: Episode
    step: Step
    asked: tuple[Message, ...]

    @property
    def id(self) -> EpisodeId:
        """Of the episode."""
        return self.episode.id


class SilentPatients:
    """Nudges and closes. Each nudge leaves once, also where several processes look at once."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        silent: SilentEpisodeStore,
        *,
        episodes: EpisodeStore,
        desk: ClosesEpisodes,
        promises: Promises,
        outbox: Outbox,
        clinics: LiveClinic,
        rules: DeskRules,
    ) -> None:
        self._silent = silent
        self._episodes = episodes
        self._desk = desk
        self._promises = promises
        self._outbox = outbox
        self._clinics = clinics
        self._rules = rules

    async def due(self, now: datetime, limit: int) -> Sequence[Silent]:
        """Episodes in which it is time to ask, or to end, as far as can be told of all of them at once."""
        if not self._rules.nudges:
            return []
        found = [
            each for each in await self._silent.answered_before(now - self._rules.nudges[0], limit) if is_silent(each)
        ]
        promised = await self._promises.promised({each.contact_id for each in found})
        found = [each for each in found if each.contact_id not in promised]
        keys = {each.id: self._keys(each) for each in found}
        asked = await self._outbox.by_keys([key for each in keys.values() for key in each])
        time = BusinessTime(self._clinics.current, self._rules)
        due = []
        for each in found:
            messages = tuple(asked[key] for key in keys[each.id] if key in asked)
            nudges = tuple(Nudge(at=one.created_at, arrived=one.state in ARRIVED) for one in messages)
            step = next_step(each, nudges, self._rules, time, now)
            if step is not None:
                due.append(Silent(episode=each, step=step, asked=messages))
        return due

    async def ask(self, silent: Silent, now: datetime) -> str:
        """Take the step that is due; "nudged", "closed", or nothing."""
        episode = silent.episode
        if await self._outbox.of_contacts([episode.contact_id], ON_ITS_WAY, limit=1):
            return ""  # what is on its way to the patient comes first
        if silent.step.closes:
            await self._close(silent, now)
            return "closed"
        rights = await self._outbox.rights.of(episode.contact_id)
        if not can_send_customer(rights, now) or rights.customer_left <= LEFT_FOR_COLLEAGUES:
            return ""
        return "nudged" if await self._nudge(episode, silent.step.number, now) else ""

    def _keys(self, episode: Episode) -> list[str]:
        return [nudge_key(episode, number) for number in range(len(self._rules.nudges))]

    async def _nudge(self, episode: Episode, number: int, now: datetime) -> bool:
        message = self._outbox.message(
            key=nudge_key(episode, number),
            contact_id=episode.contact_id,
            purpose=Purpose.SERVICE,
            template=TEMPLATES[min(number, len(TEMPLATES) - 1)],
            now=now,
            expires_at=now + WORTH_SENDING,
            answer=True,
            optional=True,
            precondition={"kind": KIND, "episode": episode.id, "wait": nudge_key(episode, 0)},
        )
        if not await self._outbox.enqueue([message]):
            return False
        fresh = await self._episodes.by_id(episode.id)
        if fresh is not None and nudge_key(fresh, 0) == nudge_key(episode, 0):  # shown in the list; decides nothing
            await self._episodes.replace(fresh, _counted(fresh, number))
        return True

    async def _close(self, silent: Silent, now: datetime) -> None:
        evidence = tuple(sent_id(each.id) for each in silent.asked if each.state in ARRIVED)
        ending = Ending(kind=EndingKind.CLIENT, by=SYSTEM.by, at=now, evidence=evidence)
        episode = silent.episode
        await self._desk.close(
            episode.id, ending, note=NOTE, revision=episode.revision, version=episode.version, by=SYSTEM, now=now
        )

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        """Whether those nudges may still leave: nobody has said anything since. Implements `PreconditionChecker`."""
        return {message.id: await self._verdict(message) for message in messages}

    async def _verdict(self, message: Message) -> Verdict:
        episode = await self._episodes.by_id(EpisodeId(str(message.precondition.get("episode", ""))))
        same = episode is not None and is_silent(episode) and episode.contact_id == message.contact_id
        return (
            MET if same and episode is not None and nudge_key(episode, 0) == message.precondition.get("wait") else SPOKE
        )


def _counted(episode: Episode, number: int) -> Episode:
    return replace(episode, nudges=max(episode.nudges, number + 1))
