"""What the clinic's settings refuse."""

from collections.abc import Mapping, Sequence

from wxbot.clinic.ports import AffectedAppointment
from wxbot.errors import DomainError, InvalidInputError


class UnfitError(InvalidInputError):
    """What was entered cannot be so. `fields` are the words to show beside each field, for staff."""

    code = "unfit"

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(fields))
        self.fields = dict(fields)


class InUseError(DomainError):
    """Something cannot be removed: `standing` are appointments to come; without any, past ones name it."""

    code = "in_use"

    def __init__(self, detail: str, standing: Sequence[AffectedAppointment] = ()) -> None:
        super().__init__(detail)
        self.standing = tuple(standing)
