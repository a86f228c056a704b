"""What becomes of each step when the date that it counts from is moved: what has left stays, the rest goes along."""

from dataclasses import dataclass
from datetime import datetime

from wxbot.care.anchors.dates import date_anchor
from wxbot.care.dates import PatientDate
from wxbot.care.models import Due
from wxbot.care.planner import is_too_late
from wxbot.care.ports import AnchorSteps
from wxbot.care.stores.changes import ChangeStore
from wxbot.clinic.ports import LiveClinic
from wxbot.labels import LabelledEnum
from wxbot.outbox.models import State
from wxbot.outbox.service import Outbox
from wxbot.patients.models import Patient


class Effect(LabelledEnum):
    """What becomes of a step when its date is moved to another day."""

    MOVES = ("moves", "改到新的时间")
    SAME = ("same", "时间不变")
    STAYS = ("stays", "已经处理过，不变")
    PINNED = ("pinned", "时间由同事定过，不变")
    LATE = ("late", "新的时间已经过去，不再发送")


@dataclass(frozen=True, kw_only=True)
class Shift:
    """One step of a plan, before and after its date is moved. `before` is None where it had none."""

    plan: str  # the plan's title
    before: datetime | None
    after: Due
    effect: Effect


class DateShifts:
    """Compares the steps of a date with those of the same date on another day."""

    def __init__(self, changes: ChangeStore, steps: AnchorSteps, outbox: Outbox, clinics: LiveClinic) -> None:
        self._changes = changes
        self._steps = steps
        self._outbox = outbox
        self._clinics = clinics

    async def of(self, patient: Patient, noted: PatientDate, after: PatientDate) -> list[Shift]:
        """Each step at its new time, earliest first, with what becomes of it. Nothing is written."""
        before = {each.key: each.due_at for each in self._on(noted, patient)}
        steps = sorted(self._on(after, patient), key=lambda each: (each.due_at, each.key))
        rows = await self._outbox.by_keys([each.key for each in steps])
        pins = await self._changes.pins([each.key for each in steps])
        found = []
        for each in steps:
            row = rows.get(each.key)
            if row is not None and row.state is not State.WAITING:
                effect = Effect.STAYS
            elif each.key in pins:
                effect = Effect.PINNED
            elif is_too_late(each):
                effect = Effect.LATE
            else:
                effect = Effect.SAME if before.get(each.key) == each.due_at else Effect.MOVES
            found.append(Shift(plan=each.plan.title, before=before.get(each.key), after=each, effect=effect))
        return found

    async def carry(self, patient: Patient, noted: PatientDate, after: PatientDate) -> None:
        """Let what waits in the outbox wait for its new time; what is too late for is dropped there."""
        shifts = await self.of(patient, noted, after)
        rows = await self._outbox.by_keys([each.after.key for each in shifts])
        for each in shifts:
            row = rows.get(each.after.key)
            if row is not None and each.effect in {Effect.MOVES, Effect.LATE}:
                ends = each.after.due_at if each.effect is Effect.LATE else each.after.expires_at
                await self._outbox.planned.move(row.id, each.after.due_at, ends)

    def _on(self, noted: PatientDate, patient: Patient) -> list[Due]:
        anchor = date_anchor(noted, patient, self._clinics.current)
        return self._steps.steps_on([anchor]) if anchor is not None else []
