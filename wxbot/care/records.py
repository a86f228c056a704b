"""What care keeps because it cannot be derived: answers, hand-set times, endings. Values only."""

from dataclasses import dataclass, replace
from datetime import datetime

from wxbot.care.models import AnswerKind
from wxbot.history.models import ContactId, PatientId


@dataclass(frozen=True, kw_only=True)
class CareAnswer:
    """What a patient answered to a question of a plan. `id` is the message's key; of a later answer with its line.

    `value` is a number's digits, a choice's words, the patient's words, or empty for a photo (its line has it).
    """

    id: str
    plan: str
    step: str  # of a repeated question the first occurrence's key
    ref: str
    enrolment: str
    kind: AnswerKind
    value: str
    at: datetime
    line_id: str
    contact_id: ContactId
    patient_id: PatientId | None = None
    danger: bool = False
    late: bool = False  # given long after the question was sent
    later: bool = False  # another one stands already: shown, and decides nothing

    def as_later(self) -> "CareAnswer":
        """The same as one that came after the answer that stands."""
        return replace(self, id=f"{self.id}#{self.line_id}", later=True)


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A step's time set by hand; it replaces the derived one. `id` is the step's key, `plan/step/ref`."""

    id: str
    patient_id: PatientId
    at: datetime
    expires_at: datetime
    anchor_at: datetime
    by: str
    by_name: str
    reason: str
    set_at: datetime


@dataclass(frozen=True, kw_only=True)
class Ending:
    """One plan of one anchor was ended by hand; no other one is touched. `id` is the enrolment, `plan/ref`."""

    id: str
    patient_id: PatientId
    by: str
    by_name: str
    at: datetime
    reason: str

    @property
    def words(self) -> str:
        """Why its steps are not sent, for staff."""
        return f"{self.by_name}结束了这份计划：{self.reason}"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether steps are sent that fell due while the service was down. `id` is `<gap>/<plan>/<local day>`."""

    id: str
    send: bool
    by: str
    by_name: str
    at: datetime

    @property
    def words(self) -> str:
        """Why they are not sent, for staff."""
        return f"服务中断期间到期，{self.by_name}决定不再补发"

    @property
    def outcome(self) -> str:
        """What was decided, for the task that asked."""
        return f"{self.by_name}决定{'补发' if self.send else '跳过'}"
