"""What an appointment or a hold claims: which resources, in which ticks. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from wxbot.booking.models import Appointment, HeldTicks, Hold
from wxbot.booking.ticks import device_resource, patient_resource, practitioner_resource, room_resource, ticks
from wxbot.clinic.models import DeviceId, PractitionerId


@dataclass(frozen=True, slots=True)
class Claim:
    """A stretch of one resource's time."""

    resource: str
    ticks: range


class Occupying(Protocol):
    """What occupies a practitioner, a room and devices."""

    @property
    def room(self) -> str: ...  # noqa: D102
    @property
    def devices(self) -> tuple[DeviceId, ...]: ...  # noqa: D102


def claims_of(appointment: Appointment) -> tuple[Claim, ...]:
    """The patient from start to end, first: their own second tap is distinguished from another patient's claim.

    Then practitioner, room and devices, preparation and cleaning up included; of an overbooked visit none of them.
    None of it for the time that was freed.
    """
    whose = patient_resource(appointment.patient_id)
    found = [Claim(whose, span) for span in _standing(appointment, ticks(appointment.start, appointment.end))]
    if not appointment.overbooked:
        busy = ticks(appointment.busy_from or appointment.start, appointment.busy_until or appointment.end)
        for span in _standing(appointment, busy):
            found += _of_resources(appointment.practitioner_id, appointment, span)
    return tuple(found)


def _standing(appointment: Appointment, span: range) -> Iterator[range]:
    """What is left of a stretch of ticks: less what was freed, with what was taken again."""
    freed, again = appointment.freed_from, appointment.taken_again_from
    if freed is None:
        yield span
        return
    kept = [range(span.start, min(span.stop, ticks(freed, freed).start))]
    if again is not None:
        kept.append(range(max(span.start, ticks(again, again).start), span.stop))
    yield from (each for each in kept if len(each))


def claims_of_hold(hold: Hold) -> tuple[Claim, ...]:
    """What the hold keeps for its contact."""
    return tuple(Claim(each.resource, each.ticks) for each in hold.claims)


def held_ticks(
    practitioner_id: PractitionerId, what: Occupying, busy: tuple[datetime, datetime], moving: Appointment | None
) -> tuple[HeldTicks, ...]:
    """What a hold claims: practitioner, room and devices, less what the appointment that shall be moved has already."""
    own = {claim.resource: claim.ticks for claim in claims_of(moving)} if moving is not None else {}  # the latest piece
    return tuple(
        HeldTicks(resource=claim.resource, first=run.start, count=len(run))
        for claim in _of_resources(practitioner_id, what, ticks(*busy))
        for run in _less(claim.ticks, own.get(claim.resource, range(0)))
    )


def _of_resources(practitioner_id: PractitionerId, what: Occupying, busy: range) -> Iterator[Claim]:
    yield Claim(practitioner_resource(practitioner_id), busy)
    if what.room:
        yield Claim(room_resource(what.room), busy)
    for device in what.devices:
        yield Claim(device_resource(device), busy)


def _less(span: range, other: range) -> Iterator[range]:
    """What is left of a stretch of ticks without another one."""
    for run in (range(span.start, min(span.stop, other.start)), range(max(span.start, other.stop), span.stop)):
        if len(run) and other:
            yield run
    if not other:
        yield span
