"""Refusals of the clinic's settings."""

from collections.abc import Sequence

from wxbot.clinic.ports import AffectedAppointment
from wxbot.errors import DomainError


class InUseError(DomainError):
    """Something cannot be removed: `affected` are the appointments to come that name it; without any, past ones do."""

    code = "in_use"
    sentence = "还有预约用到它，不能删除；不再使用时请停用。"

    def __init__(self, detail: str, affected: Sequence[AffectedAppointment] = ()) -> None:
        super().__init__(detail)
        self.affected = tuple(affected)
