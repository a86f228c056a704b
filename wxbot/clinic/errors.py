"""Refusals of the clinic's settings."""

from collections.abc import Sequence

from wxbot.clinic.ports import AffectedAppointment
from wxbot.errors import DomainError


class InUseError(DomainError):
    """Something cannot be removed: `standing` are appointments to come; without any, past ones name it."""

    code = "in_use"
    sentence = "还有预约用到它，不能删除；不再使用时请停用。"

    def __init__(self, detail: str, standing: Sequence[AffectedAppointment] = ()) -> None:
        super().__init__(detail)
        self.standing = tuple(standing)
