"""A clinic whose settings nobody changes, in place of the live one."""

from wxbot.clinic.models import Clinic


class FixedClinic:
    """Always the clinic it was given. Implements `wxbot.clinic.ports.LiveClinic`."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic

    @property
    def current(self) -> Clinic:
        """Always the same."""
        return self._clinic
