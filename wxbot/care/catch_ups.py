"""Use cases after a gap or a pause: each step that fell due in it gets its one outcome, colleagues are asked and told.

Rows come first, then the questions, then the report, then the moment of the look: whoever dies in between leaves a gap
that begins where it did, and the next look does the same again under the same keys.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.care.catch_up import ASKED, GAP, LONGEST_PAUSE, WORDS, Fate, Gap, gap_of, question_words, report
from wxbot.care.models import Due
from wxbot.care.plans.live import LivePlans
from wxbot.care.records import Decision
from wxbot.care.stores.looks import LookStore
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import NotFoundError, StaleError
from wxbot.followups.models import FollowUp, FollowUpKind, FollowUpState
from wxbot.followups.service import FollowUps
from wxbot.history.models import PatientId
from wxbot.logs import get_logger
from wxbot.outbox.models import Message, State
from wxbot.outbox.service import Outbox
from wxbot.patients.service import Patients

log = get_logger(__name__)

DECIDE = "care:gap:decide"
QUESTION, REPORT = "care_ask:", "care_gap:"  # beginnings of the keys of follow-ups
DECIDED_ALREADY = "这批关怀已经决定过了。"


@dataclass
class Tally:
    """What was found of one gap so far."""

    counts: Counter[tuple[str, Fate]] = field(default_factory=Counter)  # by the plan's title and fate
    asked: defaultdict[str, list[Due]] = field(default_factory=lambda: defaultdict(list))  # by the decision's id


@dataclass
class CaughtUp:
    """What one look catches up: the gap that ends with it, if any, and the pauses that ended lately."""

    plans: LivePlans
    gap: Gap | None = None
    pauses: tuple[Gap, ...] = ()
    found: defaultdict[Gap, Tally] = field(default_factory=lambda: defaultdict(Tally))

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to catch up."""
        return self.gap is None and not self.pauses

    @property
    def since(self) -> datetime | None:
        """From when on everything is looked for; None: only what is due now."""
        return self.gap.since if self.gap is not None else None

    def includes(self, step: Due, now: datetime) -> bool:
        """Whether a step that was due by `now` is still worth sending, or fell due in what is caught up."""
        if step.expires_at > now or (self.since is not None and step.due_at > self.since):
            return True
        return any(each.plan == step.plan.key and step.due_at > each.since - LONGEST_PAUSE for each in self.pauses)

    def gap_of(self, step: Due) -> Gap | None:
        """What a step fell due in, or was due before: a pause of its plan that is over, else the gap."""
        pause = self.plans.pause_over(step)
        if pause is None or pause.until is None:
            return self.gap
        return Gap(pause.since, pause.until, step.plan.key)


class CatchUps:
    """Gaps in the looks of `Care.enqueue_due`."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: LookStore,
        plans: LivePlans,
        *,
        outbox: Outbox,
        followups: FollowUps,
        patients: Patients,
        clinics: LiveClinic,
        audit: AuditTrail,
    ) -> None:
        self._store = store
        self._plans = plans
        self._done: set[tuple[str, datetime]] = set()  # pauses that this process has caught up: plan and end
        self._outbox = outbox
        self._followups = followups
        self._patients = patients
        self._clinics = clinics
        self._audit = audit

    async def ahead(self, now: datetime) -> CaughtUp:
        """What a look now has to catch up. Writes nothing."""
        return self._caught(await self._store.last(), now)

    async def begin(self, now: datetime) -> CaughtUp:
        """The same before it is caught up; a clock that had run ahead is noticed."""
        last = await self._store.last()
        if last is not None and last - now > LONGEST_PAUSE:
            log.warning("care_clock_ran_ahead", last=last.isoformat(), now=now.isoformat())
            await self._store.put_back(now)
            last = now
        return self._caught(last, now)

    def _caught(self, last: datetime | None, now: datetime) -> CaughtUp:
        """A pause counts for a while longer: another process may have looked without having heard of its end."""
        since = min(last or now, now) - LONGEST_PAUSE
        ended = [
            Gap(each.since, each.until, plan)
            for plan, each in self._plans.resumed(since, now)
            if each.until is not None and (plan, each.until) not in self._done
        ]
        return CaughtUp(self._plans, gap_of(last, now), tuple(ended))

    def sorted(
        self, caught: CaughtUp, found: Sequence[Due], messages: Sequence[Message]
    ) -> tuple[list[Message], list[Message]]:
        """The messages that are to be enqueued after the gap, and those that end at once, with why. Writes nothing.

        All of `found` is counted, what is known already too.
        """
        zone = self._clinics.current.timezone
        gaps = {each.key: caught.gap_of(each) for each in found}
        steps = {each.key: each for each in found}
        for each in found:
            gap = gaps[each.key]
            if gap is not None and each.due_at > gap.since:
                tally = caught.found[gap]
                tally.counts[each.plan.title, gap.fate(each)] += 1
                if gap.fate(each) is Fate.ASK:
                    tally.asked[gap.question(each, zone)].append(each)
        enqueued, ended = [], []
        for message in messages:
            step, gap = steps[message.key], gaps[message.key]
            fate = gap.fate(step) if gap is not None else Fate.SEND
            if gap is not None and fate in WORDS:
                reason, words = WORDS[fate]
                said = f"{gap.words}{words}"
                ended.append(
                    replace(
                        message,
                        state=State.DROPPED,
                        reason=reason,
                        explanation=said,
                        settled_at=message.created_at,
                        precondition={**message.precondition, GAP: gap.id},
                    )
                )
            elif gap is not None and fate is Fate.ASK:
                asked = {**message.precondition, GAP: gap.id, ASKED: gap.question(step, zone)}
                enqueued.append(replace(message, precondition=asked))
            else:
                enqueued.append(message)
        return enqueued, ended

    async def finish(self, caught: CaughtUp, now: datetime) -> None:
        """Ask colleagues what to do, tell them what became of the rest, and note that everything was looked at.

        What was simply sent later is in the log: nobody has anything to do about it.
        """
        for gap, tally in caught.found.items():
            await self._ask(gap, tally, now)
            await self._report(gap, tally, now)
        await self._store.note(now)
        self._done |= {(each.plan, each.until) for each in caught.pauses}

    async def decide(self, question: str, *, send: bool, by: Actor, now: datetime) -> Decision:
        """Send or skip what one plan had due on one day of a gap. Raises ForbiddenError, NotFoundError, StaleError.

        What is decided already stays decided; what a vanished process left undone of it is done.
        """
        by.must(DECIDE)
        task = await self._followups.find(f"{QUESTION}{question}")
        if task is None:
            raise NotFoundError(f"no question {question}")
        decision = Decision(id=question, send=send, by=by.by, by_name=by.name, at=now)
        if await self._store.decide(decision):
            await self._audit.record(
                AuditAction.CARE_GAP_DECIDED, f"followup:{task.id}", by=by, now=now, summary=decision.outcome
            )
            await self._carry_out(decision, task, now)
            return decision
        stands = (await self._store.decisions([question]))[question]
        if task.state is FollowUpState.OPEN:
            await self._carry_out(stands, task, now)
        if stands.by == by.by and stands.send is send:
            return stands  # pressed twice
        raise StaleError("decided already", sentence=DECIDED_ALREADY)

    async def note_look(self, at: datetime) -> None:
        """Everything that was due by then was seen to by other means, after a restore."""
        await self._store.note(at)

    # -- inside -----------------------------------------------------------------------------------------------

    async def _carry_out(self, decision: Decision, task: FollowUp, now: datetime) -> None:
        """Let what waits for it be judged at once, then end the task, so that an open one says what is still to do."""
        await self._outbox.groups.resume(f"{decision.id.split('/')[1]}/", ASKED, now)
        await self._followups.settle(task.id, decision.outcome, now)

    async def _ask(self, gap: Gap, tally: Tally, now: datetime) -> None:
        for question, steps in sorted(tally.asked.items()):
            ids = list(dict.fromkeys(each.anchor.patient_id for each in steps if each.anchor.patient_id is not None))
            await self._followups.open(
                key=f"{QUESTION}{question}",
                kind=FollowUpKind.CHECK,
                reason=question_words(
                    gap, steps[0].plan.title, question.rsplit("/", 1)[1], await self._names(ids), len(steps)
                ),
                contact_id=None,
                patient_id=None,
                due_at=now,
                now=now,
            )

    async def _names(self, ids: Sequence[PatientId]) -> list[str]:
        known = await self._patients.patients(ids)
        return [known[each].name or "未登记姓名" for each in ids if each in known]

    async def _report(self, gap: Gap, tally: Tally, now: datetime) -> None:
        log.warning("care_caught_up", since=gap.since.isoformat(), plan=gap.plan, steps=tally.counts.total())
        if not any(fate is not Fate.SEND for _, fate in tally.counts):
            return
        await self._followups.open(
            key=f"{REPORT}{gap.id}",
            kind=FollowUpKind.CHECK,
            reason=report(gap, tally.counts, self._clinics.current.timezone),
            contact_id=None,
            patient_id=None,
            due_at=now,
            now=now,
        )
