"""What a visit occupies beside the patient: practitioner, room and devices, together or not at all. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from wxbot.booking.taken import NOTHING, Taken
from wxbot.booking.ticks import device_of, device_resource, practitioner_resource, room_of, room_resource
from wxbot.clinic.models import Clinic, DeviceId, Practitioner, VisitType


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One resource of several that serve: a room of a kind, a device of a kind. `kind` is what staff call it."""

    kind: str
    resources: tuple[str, ...]  # in the clinic's order; none: the clinic has nothing of the kind


@dataclass(frozen=True, kw_only=True)
class Resources:
    """The resources chosen for one visit."""

    room: str
    devices: tuple[DeviceId, ...]

    @classmethod
    def of(cls, chosen: Collection[str]) -> "Resources":
        """Room and devices among the chosen resources."""
        rooms = [room for room in map(room_of, chosen) if room is not None]
        devices = [device for device in map(device_of, chosen) if device is not None]
        return cls(room=rooms[0] if rooms else "", devices=tuple(devices))


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What one visit type occupies when one practitioner takes it.

    The practitioner's own room, unless the visit type names a kind of room; a device of each kind that it names.
    """

    practitioner: str
    room: Choice | None
    devices: tuple[Choice, ...]

    @classmethod
    def of(cls, clinic: Clinic, practitioner: Practitioner, visit_type: VisitType) -> "Needs":
        """By the clinic's rooms and devices that are in use."""
        room = None
        if visit_type.room_kind:
            fitting = (each for each in clinic.rooms if visit_type.room_kind in each.kinds and not each.retired)
            room = Choice(kind=visit_type.room_kind, resources=tuple(room_resource(each.id) for each in fitting))
        elif practitioner.room:
            room = Choice(kind="", resources=(room_resource(practitioner.room),))
        devices = tuple(
            Choice(
                kind=kind,
                resources=tuple(
                    device_resource(each.id) for each in clinic.devices if each.kind == kind and not each.retired
                ),
            )
            for kind in visit_type.devices
        )
        return cls(practitioner=practitioner_resource(practitioner.id), room=room, devices=devices)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Room and devices, as far as it needs any."""
        return self.devices if self.room is None else (self.room, *self.devices)

    @cached_property
    def exclusive(self) -> bool:
        """Whether no resource serves two of the choices, so that each may be looked at for itself."""
        every = [resource for choice in self.choices for resource in choice.resources]
        return len(set(every)) == len(every)

    def every_resource(self) -> Iterator[str]:
        """Each resource that may be chosen."""
        yield self.practitioner
        for choice in self.choices:
            yield from choice.resources

    def choose(self, span: range, taken: Taken, *, but: Collection[str] = ()) -> tuple[str, ...] | None:
        """The first free resource of each choice over those ticks, the practitioner leading; None when one is missing.

        `but` are resources that somebody else is known to have. Rooms and devices are of one kind each where they
        are chosen from, so taking the first free one never costs another choice its last.
        """
        if self.practitioner in but or not taken.free(self.practitioner, span):
            return None
        chosen = [self.practitioner]
        for choice in self.choices:
            left = (each for each in choice.resources if each not in but and each not in chosen)
            found = next((each for each in left if taken.free(each, span)), None)
            if found is None:
                return None
            chosen.append(found)
        return tuple(chosen)

    @cached_property
    def possible(self) -> bool:
        """Whether the clinic has all of it at all."""
        return self.choose(range(0), NOTHING) is not None

    def touched(self, taken: Taken) -> bool:
        """Whether anything of it is claimed at some time."""
        return any(resource in taken for resource in self.every_resource())
