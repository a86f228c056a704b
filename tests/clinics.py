"""A clinic whose settings nobody changes, in place of the live one; what is claimed, tick by tick."""

from collections.abc import Iterable, Mapping

from wxbot.booking.taken import Taken
from wxbot.clinic.models import Clinic


class FixedClinic:
    """Always the clinic it was given. Implements `wxbot.clinic.ports.LiveClinic`."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic

    @property
    def current(self) -> Clinic:
        """Always the same."""
        return self._clinic


def claimed(ticks: Mapping[str, Iterable[int]]) -> Taken:
    """What is taken where exactly those ticks of each resource are claimed."""
    return Taken({resource: [range(tick, tick + 1) for tick in found] for resource, found in ticks.items()})
