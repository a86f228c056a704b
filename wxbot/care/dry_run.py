"""What a stretch of time would bring to the whole base: by the code that looks, judges and sends; nothing is written.

Facts are those of now: what patients do meanwhile, and what colleagues change or decide, is not known yet. So a message
that waits for somebody to act is foretold as if nobody did.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from wxbot.actors import Actor
from wxbot.care.models import CarePlan, Due
from wxbot.care.plans.records import Running
from wxbot.errors import InvalidInputError
from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Channel
from wxbot.outbox.forecast import Forecast, Will
from wxbot.outbox.models import Message, State
from wxbot.outbox.service import Outbox

READ = "care:dry_run:read"
MOST_DAYS = 31
CONTACTS_AT_ONCE = 500
MOST_WAITING = 500  # rows that wait already, of so many contacts
TOO_LONG = f"最多试算 {MOST_DAYS} 天。"
TOO_EARLY = "请选一个以后的时间。"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What would become of one step. `will` of a row that ends at once is DROP."""

    key: str  # plan/step/ref
    plan: str  # the plan's title
    step: str
    message: Message
    will: Will
    at: datetime
    reason: str  # empty: it simply leaves
    explanation: str
    channel: Channel | None


Group = tuple[str, str, Will, str]
"""The plan's title, the step, what becomes of it, the reason."""


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """The outcomes of (since, until], earliest first."""

    since: datetime
    until: datetime
    outcomes: tuple[Outcome, ...]

    @property
    def groups(self) -> Mapping[Group, tuple[Outcome, ...]]:
        """Every figure with the records behind it."""
        found: defaultdict[Group, list[Outcome]] = defaultdict(list)
        for each in self.outcomes:
            found[each.plan, each.step, each.will, each.reason].append(each)
        return {group: tuple(outcomes) for group, outcomes in sorted(found.items())}


@dataclass
class Found:
    """Steps of a stretch with their messages: what would be handed over, and what would end at once."""

    steps: dict[str, Due] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    ended: list[Message] = field(default_factory=list)


class Looks(Protocol):
    """Finds what a stretch brings. Implemented by `service.Care`."""

    def ahead(self, now: datetime, until: datetime) -> AsyncIterator[Found]:
        """What the looks from now until then would find, in portions."""
        ...

    async def ahead_of(self, patient_ids: Sequence[PatientId], now: datetime, until: datetime) -> Found:
        """The same for a patient and everybody else whom the same contact speaks for."""
        ...

    def with_draft(self, plan: CarePlan, running: Running, now: datetime) -> "Looks":
        """The same as if that plan were published now."""
        ...


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A plan that is not followed yet, and what would become of patients in the middle of it."""

    plan: CarePlan
    running: Running


def check_span(now: datetime, until: datetime, by: Actor) -> None:
    """Whether so long a stretch may be tried by them. Raises ForbiddenError, InvalidInputError."""
    by.must(READ)
    if until <= now:
        raise InvalidInputError("it ends before it begins", sentence=TOO_EARLY)
    if until - now > timedelta(days=MOST_DAYS):
        raise InvalidInputError("too long", sentence=TOO_LONG)


class DryRuns:
    """Use cases of the dry run."""

    def __init__(self, looks: Looks, outbox: Outbox) -> None:
        self._looks = looks
        self._outbox = outbox
        self._one_at_a_time = asyncio.Lock()  # each reads the whole base

    async def run(self, now: datetime, until: datetime, *, by: Actor, draft: Draft | None = None) -> DryRun:
        """What would happen from now until then; with `draft` as if it were published now.

        Raises ForbiddenError, InvalidInputError (it ends before it begins, or is longer than MOST_DAYS).
        """
        check_span(now, until, by)
        looks = self._looks if draft is None else self._looks.with_draft(draft.plan, draft.running, now)
        async with self._one_at_a_time:
            found = Found()
            async for portion in looks.ahead(now, until):
                found.steps |= portion.steps
                found.messages += portion.messages
                found.ended += portion.ended
            return await self._run(found, now, until)

    async def of_patient(
        self, patient_ids: Sequence[PatientId], now: datetime, until: datetime, *, by: Actor
    ) -> DryRun:
        """The same for one patient: the record and the duplicates that became it. What their family is sent counts.

        Raises ForbiddenError, InvalidInputError.
        """
        check_span(now, until, by)
        whole = await self._run(await self._looks.ahead_of(patient_ids, now, until), now, until)
        theirs = tuple(each for each in whole.outcomes if each.message.patient_id in patient_ids)
        return replace(whole, outcomes=theirs)

    async def _run(self, found: Found, now: datetime, until: datetime) -> DryRun:
        outcomes = [_ended(found.steps[each.key], each) for each in found.ended]
        outcomes += [
            _outcome(found.steps[forecast.message.key], forecast)
            async for forecast in self._forecasts(found, now)
            if forecast.message.key in found.steps
        ]
        return DryRun(since=now, until=until, outcomes=tuple(sorted(outcomes, key=lambda each: (each.at, each.key))))

    async def _forecasts(self, found: Found, now: datetime) -> AsyncIterator[Forecast]:
        """By contact: what one message spends, and the cap that it fills, is gone for the next; waiting rows too."""
        by_contact: defaultdict[ContactId, list[Message]] = defaultdict(list)
        for each in found.messages:
            by_contact[each.contact_id].append(each)
        contacts = iter(dict.fromkeys(each.anchor.contact_id for each in found.steps.values()))
        while some := list(islice(contacts, CONTACTS_AT_ONCE)):
            theirs = list(reversed(await self._outbox.of_contacts(some, (State.WAITING,), MOST_WAITING)))
            theirs += [each for contact in some for each in by_contact.get(contact, ())]
            for forecast in await self._outbox.preview(sorted(theirs, key=_order), now, alone=True):
                yield forecast


def _order(message: Message) -> tuple[datetime, bool, datetime]:
    """As they are claimed; what is due at the same moment in the order in which it was, or would be, handed over."""
    return message.due_at, not message.answer, message.created_at


def _outcome(step: Due, forecast: Forecast) -> Outcome:
    return Outcome(
        key=step.key,
        plan=step.plan.title,
        step=step.step.key,
        message=forecast.message,
        will=forecast.will,
        at=forecast.at,
        reason=forecast.reason,
        explanation=forecast.explanation,
        channel=forecast.channel,
    )


def _ended(step: Due, message: Message) -> Outcome:
    return Outcome(
        key=step.key,
        plan=step.plan.title,
        step=step.step.key,
        message=message,
        will=Will.DROP,
        at=message.settled_at or message.created_at,
        reason=message.reason,
        explanation=message.explanation,
        channel=None,
    )
