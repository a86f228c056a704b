"""Use cases of 设置 for the clinic itself: profile, rules, rooms, devices, visit types and practitioners.

Every one takes who acts (`by`), raises ForbiddenError, FieldErrors (words beside the fields), NotFoundError, StaleError
(somebody else was faster; `revision` is what the editor saw) and, for removals, InUseError.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from wxbot.actors import Actor
from wxbot.clinic.bundles import bundles_of
from wxbot.clinic.checks import (
    practitioner_problems,
    profile_problems,
    room_problems,
    rules_problems,
    sending_problems,
    visit_type_problems,
)
from wxbot.clinic.editing import Editing, refuse
from wxbot.clinic.errors import InUseError
from wxbot.clinic.models import (
    Block,
    Clinic,
    Device,
    PhotoId,
    Practitioner,
    PractitionerId,
    Room,
    SendingRules,
    VisitType,
    Weekday,
)
from wxbot.clinic.parts import PROFILE, RULES, SENDING, BookingRules, Profile, SettingKind, StoredClinic
from wxbot.clinic.photos import Photo, photo_of
from wxbot.clinic.ports import Appointments
from wxbot.clinic.resource_checks import device_problems, needing_device, needing_room
from wxbot.stored_value import Stored

READ, EDIT = "settings:clinic:read", "settings:clinic:edit"
MOST_LISTED = 50  # appointments that a refused removal lists

RESOURCE_FIELDS = {  # where an appointment names what is to go
    SettingKind.PRACTITIONERS: "practitioner_id",
    SettingKind.ROOMS: "room",
    SettingKind.DEVICES: "devices",
    SettingKind.VISIT_TYPES: "visit_type_id",
}

P = TypeVar("P", Device, Practitioner, Room, VisitType)


class ClinicSettings:
    """The clinic as staff set it up. `aftercare` are the treatments that a care plan describes: code → its title."""

    def __init__(self, editing: Editing, appointments: Appointments, aftercare: Mapping[str, str]) -> None:
        self._editing = editing
        self._appointments = appointments
        self.aftercare = aftercare  # looked up each time: plans change while the service runs

    async def stored(self, *, by: Actor) -> StoredClinic:
        """Everything with its revisions and who changed it last."""
        by.must(READ)
        return await self._editing.stored()

    # -- one of each ------------------------------------------------------------------------------------------

    async def save_profile(self, profile: Profile, revision: int, *, by: Actor, now: datetime) -> Stored[Profile]:
        """Name, address, phone, privacy contact."""
        by.must(EDIT)
        refuse(profile_problems(profile))
        return await self._editing.save(
            SettingKind.CLINIC, PROFILE, profile, revision, by=by, now=now, summary="修改诊所资料"
        )

    async def save_rules(self, rules: BookingRules, revision: int, *, by: Actor, now: datetime) -> Stored[BookingRules]:
        """How far ahead and how late patients may book."""
        by.must(EDIT)
        refuse(rules_problems(rules))
        return await self._editing.save(
            SettingKind.CLINIC, RULES, rules, revision, by=by, now=now, summary="修改预约规则"
        )

    async def save_sending(
        self, rules: SendingRules, revision: int, *, by: Actor, now: datetime
    ) -> Stored[SendingRules]:
        """Quiet hours, caps and pace."""
        by.must(EDIT)
        refuse(sending_problems(rules))
        return await self._editing.save(
            SettingKind.CLINIC, SENDING, rules, revision, by=by, now=now, summary="修改免打扰与发送上限"
        )

    # -- several of each --------------------------------------------------------------------------------------

    async def add_room(self, room: Room, *, by: Actor, now: datetime) -> Stored[Room]:
        """A new room."""
        by.must(EDIT)
        clinic = await self._fresh()
        refuse(room_problems(room, clinic, new=True))
        return await self._editing.add(
            SettingKind.ROOMS, room.id, room, by=by, now=now, summary=f"新增诊室「{room.name}」"
        )

    async def save_room(self, room: Room, revision: int, *, by: Actor, now: datetime) -> Stored[Room]:
        """Name and note; its hours stay under its id."""
        by.must(EDIT)
        clinic = await self._fresh()
        refuse(room_problems(room, clinic, new=False))
        return await self._save(SettingKind.ROOMS, room, revision, by=by, now=now, what="诊室")

    async def add_device(self, device: Device, *, by: Actor, now: datetime) -> Stored[Device]:
        """A new device; visit types that need its kind take it from then on."""
        by.must(EDIT)
        clinic = await self._fresh()
        refuse(device_problems(device, clinic, new=True))
        return await self._editing.add(
            SettingKind.DEVICES, device.id, device, by=by, now=now, summary=f"新增设备「{device.name}」"
        )

    async def save_device(self, device: Device, revision: int, *, by: Actor, now: datetime) -> Stored[Device]:
        """Name, kind and note; visits that have it keep it."""
        by.must(EDIT)
        clinic = await self._fresh()
        refuse(device_problems(device, clinic, new=False))
        return await self._save(SettingKind.DEVICES, device, revision, by=by, now=now, what="设备")

    async def add_visit_type(self, kind: VisitType, *, by: Actor, now: datetime) -> Stored[VisitType]:
        """A new visit type; it is offered once a practitioner offers it."""
        by.must(EDIT)
        clinic = await self._fresh()
        refuse(visit_type_problems(kind, clinic, new=True, aftercare=self.aftercare))
        return await self._editing.add(
            SettingKind.VISIT_TYPES, kind.id, kind, by=by, now=now, summary=f"新增项目「{kind.name}」"
        )

    async def save_visit_type(self, kind: VisitType, revision: int, *, by: Actor, now: datetime) -> Stored[VisitType]:
        """What it is called and how long it takes; appointments that stand keep their length."""
        by.must(EDIT)
        clinic = await self._fresh()
        refuse(visit_type_problems(kind, clinic, new=False, aftercare=self.aftercare))
        return await self._save(SettingKind.VISIT_TYPES, kind, revision, by=by, now=now, what="项目")

    async def add_practitioner(self, person: Practitioner, *, by: Actor, now: datetime) -> Stored[Practitioner]:
        """A new practitioner; bookable once they have hours."""
        by.must(EDIT)
        clinic = await self._fresh()
        refuse(practitioner_problems(person, clinic, new=True))
        return await self._editing.add(
            SettingKind.PRACTITIONERS, person.id, person, by=by, now=now, summary=f"新增医生「{person.name}」"
        )

    async def save_practitioner(
        self, person: Practitioner, revision: int, *, by: Actor, now: datetime
    ) -> Stored[Practitioner]:
        """Who they are, where and what they treat; existing appointments keep their room."""
        by.must(EDIT)
        clinic = await self._fresh()
        refuse(practitioner_problems(person, clinic, new=False))
        return await self._save(SettingKind.PRACTITIONERS, person, revision, by=by, now=now, what="医生")

    async def save_hours(
        self, practitioner_id: PractitionerId, hours: tuple[Block, ...], revision: int, *, by: Actor, now: datetime
    ) -> Stored[Practitioner]:
        """The weekly hours, several blocks a day. What is booked outside the new hours stands."""
        by.must(EDIT)
        before = await self._editing.part(SettingKind.PRACTITIONERS, practitioner_id)
        order = list(Weekday)
        ordered = tuple(sorted(hours, key=lambda block: (order.index(block.day), block.start)))
        return await self.save_practitioner(replace(before.value, hours=ordered), revision, by=by, now=now)

    async def save_photo(
        self, practitioner_id: PractitionerId, data: bytes | None, revision: int, *, by: Actor, now: datetime
    ) -> Stored[Practitioner]:
        """Give a practitioner a picture, or take it away with None. Raises FieldErrors for what is no picture."""
        by.must(EDIT)
        photo: PhotoId | None = None
        before = await self._editing.part(SettingKind.PRACTITIONERS, practitioner_id)
        if data is not None:
            picture = photo_of(data)
            await self._editing.store.keep_photo(picture, by=by.by, at=now)  # before it is named: never a broken image
            photo = picture.id
        value = replace(before.value, photo=photo)
        saved = await self._save(SettingKind.PRACTITIONERS, value, revision, by=by, now=now, what="医生")
        await self._forget_photo(before.value.photo)
        return saved

    async def photo(self, photo_id: PhotoId) -> Photo | None:
        """A picture; patients see it on the doctor card, so it needs no permission."""
        return await self._editing.store.photo(photo_id)

    # -- leaving ----------------------------------------------------------------------------------------------

    async def retire(  # noqa: PLR0913 - one fact each
        self, kind: SettingKind, part_id: str, revision: int, *, retired: bool, by: Actor, now: datetime
    ) -> None:
        """停用 or 恢复: no new bookings; existing appointments stay."""
        by.must(EDIT)
        kept = await self._editing.part(kind, part_id)
        value = replace(kept.value, retired=retired)
        if kind is SettingKind.ROOMS and retired:
            await self._refuse_used_room(part_id)
        words = f"{'停用' if retired else '恢复'}「{value.name}」"
        await self._editing.save(kind, part_id, value, revision, by=by, now=now, summary=words)

    async def remove(self, kind: SettingKind, part_id: str, revision: int, *, by: Actor, now: datetime) -> None:
        """Remove what no appointment names. Raises InUseError with the appointments to come that do."""
        by.must(EDIT)
        kept = await self._editing.part(kind, part_id)
        field = RESOURCE_FIELDS[kind]
        affected = await self._appointments.affected(field, part_id, now, MOST_LISTED)
        if affected:
            raise InUseError("appointments are booked for it", affected)
        if await self._appointments.ever_booked(field, part_id):
            raise InUseError("past appointments name it")
        await self._refuse_needed(kind, kept.value)
        await self._editing.remove(kind, part_id, revision, by=by, now=now, summary=f"删除「{kept.value.name}」")
        await self._forget_photo(getattr(kept.value, "photo", None))

    # -- inside -----------------------------------------------------------------------------------------------

    async def _refuse_needed(self, kind: SettingKind, value: P) -> None:
        """Raise FieldErrors for a room where somebody receives, or the only one of a kind that visit types need."""
        if isinstance(value, Room):
            await self._refuse_used_room(value.id)
        clinic = await self._fresh()
        users: tuple[VisitType, ...] = ()
        if isinstance(value, Room):
            users = needing_room(value, clinic)
        elif isinstance(value, Device):
            users = needing_device(value, clinic)
        elif isinstance(value, VisitType) and (bundles := bundles_of(value, clinic)):
            names = "、".join(f"「{each.name}」" for each in bundles)
            refuse({kind.value: f"组合{names}包含它，请先改那些组合，或改为「停用」。"})
        if users:
            names = "、".join(f"「{each.name}」" for each in users)
            refuse({kind.value: f"项目{names}只能用它，请先改那些项目，或改为「停用」。"})

    async def _refuse_used_room(self, room_id: str) -> None:
        stored = await self._editing.stored()
        users = [each.value.name for each in stored.practitioners if each.value.room == room_id]
        if users:
            refuse({"room": f"{'、'.join(users)}在这间诊室出诊，请先给他们换一间。"})

    async def _save(  # noqa: PLR0913 - one fact each
        self, kind: SettingKind, value: P, revision: int, *, by: Actor, now: datetime, what: str
    ) -> Stored[P]:
        summary = f"修改{what}「{value.name}」"
        return await self._editing.save(kind, value.id, value, revision, by=by, now=now, summary=summary)

    async def _forget_photo(self, photo_id: PhotoId | None) -> None:
        """Remove a picture that nobody has any more."""
        if photo_id is not None and photo_id not in {
            each.photo for each in self._editing.clinics.current.practitioners
        }:
            await self._editing.store.forget_photo(photo_id)

    async def _fresh(self) -> Clinic:
        await self._editing.stored()
        return self._editing.clinics.current
