"""What only a booking can refuse. The general refusals are in wxbot.errors."""

from collections.abc import Sequence
from typing import Any

from wxbot.booking.models import Appointment
from wxbot.errors import ClinicError, DomainError


class AlreadyBookedError(DomainError):
    """The patient has another live appointment in those hours; `existing` when it is known."""

    code = "already_booked"
    wording = "error.already_booked"
    sentence = "这位患者在这段时间已经有预约。"

    def __init__(self, detail: str = "", *, existing: Appointment | None = None, **variables: Any) -> None:
        super().__init__(detail, **variables)
        self.existing = existing


class TooLateError(DomainError):
    """The hour has begun or passed, so the patient cannot change the appointment any more."""

    code = "too_late"
    wording = "error.too_late"
    sentence = "这次预约已经开始、结束或取消，不能再更改。"


class GivenAwayError(DomainError):
    """What was left of a visit's time was given to somebody else, so that it cannot be taken again.

    `others` are the appointments that have it; `held`: a patient is about to book it, or it is offered to one.
    """

    code = "given_away"
    sentence = "这位患者空出来的时间已经约给别人，不能撤销。患者要来的话，请另约一个时间或加号。"

    def __init__(self, detail: str = "", *, others: Sequence[Appointment] = (), held: bool = False) -> None:
        super().__init__(detail)
        self.others = tuple(others)
        self.held = held


class OccupiedError(ClinicError):
    """A resource is claimed already. Raised by the store; the service turns it into words.

    `owner` is whose claim was refused: the id of an appointment or of a hold.
    """

    def __init__(self, resource: str, owner: str = "") -> None:
        super().__init__(f"{resource} is occupied")
        self.resource = resource
        self.owner = owner
