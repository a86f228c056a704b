"""The questions of the booking dialog, in their order: visit type, practitioner, day, time.

A question with one possible answer is not asked. Every entry's id carries its step, so that a tap on an older
message is understood for what it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from wxbot.booking.models import Appointment, AppointmentId, Slot
from wxbot.booking.sentences import day_words, hour_words, near_day_words, near_moment_words, practitioner_words
from wxbot.clinic.models import PractitionerId, VisitType, VisitTypeId
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog
from wxbot.templates.models import Option

DIALOG = "booking"
PREFIX = "bk:"  # of every entry's id
TYPE, WHO, DAY, TIME = "type", "who", "day", "time"  # the steps
ANY = "any"  # instead of a practitioner's id: any who is free
PAGE = 8  # entries of one message; with 更多, 返回 and 取消 they fit the 2048 bytes of a text (reference §1.6)

TIME_FORMAT = "%Y-%m-%dT%H:%MZ"  # UTC; a plus sign would not survive a link

START, BACK, LEAVE, MORE = f"{PREFIX}start", f"{PREFIX}back", f"{PREFIX}leave", f"{PREFIX}page"


@dataclass(frozen=True, kw_only=True)
class BookingDraft:
    """What the patient has chosen so far. `moving` and `version` name the appointment that gets a new hour."""

    visit_type_id: VisitTypeId | None = None
    who: str | None = None  # a practitioner's id, or ANY
    day: date | None = None
    only_day: bool = False  # the day was not asked, there was but one
    page: int = 0
    moving: AppointmentId | None = None
    version: int = 0

    @property
    def practitioner_id(self) -> PractitionerId | None:
        """The practitioner asked for; None for any."""
        return None if self.who in {None, ANY} else PractitionerId(str(self.who))

    def data(self) -> dict[str, Any]:
        """As stored in the dialog."""
        return {
            "type": self.visit_type_id,
            "who": self.who,
            "day": None if self.day is None else self.day.isoformat(),
            "only_day": self.only_day,
            "page": self.page,
            "moving": self.moving,
            "version": self.version,
        }

    @classmethod
    def of(cls, dialog: Dialog) -> "BookingDraft":
        """As read from a dialog."""
        data = dialog.data
        return cls(
            visit_type_id=data.get("type"),
            who=data.get("who"),
            day=None if data.get("day") is None else date.fromisoformat(data["day"]),
            only_day=bool(data.get("only_day")),
            page=int(data.get("page", 0)),
            moving=data.get("moving"),
            version=int(data.get("version", 0)),
        )


def offered_types(context: Context) -> list[VisitType]:
    """The visit types that a practitioner offers."""
    clinic = context.services.clinic
    return [kind for kind in clinic.visit_types if clinic.who_offers(kind.id)]


def today(context: Context) -> date:
    """The clinic's date."""
    return context.now.astimezone(context.services.clinic.timezone).date()


def a_step_back(context: Context, step: str, draft: BookingDraft) -> BookingDraft | None:
    """The draft without the latest answer; None when nothing was asked before this step."""
    if step == TIME and not draft.only_day:
        return replace(draft, day=None, page=0)
    several_people = (
        draft.visit_type_id is not None and len(context.services.clinic.who_offers(draft.visit_type_id)) > 1
    )
    if step in {TIME, DAY} and several_people:
        return replace(draft, who=None, day=None, only_day=False, page=0)
    if step != TYPE and draft.moving is None and len(offered_types(context)) > 1:
        return BookingDraft()
    return None


async def ask(
    context: Context, draft: BookingDraft, template: str | None = None, variables: Mapping[str, Any] | None = None
) -> Reply:
    """The first question that is still open, worded by `template` where one is given."""
    types = offered_types(context)
    if draft.visit_type_id not in {kind.id for kind in types}:
        draft = BookingDraft(page=draft.page, visit_type_id=types[0].id if len(types) == 1 else None)
    if draft.visit_type_id is None:
        entries = [Option(id=f"{PREFIX}{TYPE}:{kind.id}", label=kind.name) for kind in types]
        return _question(context, TYPE, draft, entries, template, variables)
    people = context.services.clinic.who_offers(draft.visit_type_id)
    if draft.who not in {ANY, *(person.id for person in people)}:
        draft = replace(draft, day=None, who=people[0].id if len(people) == 1 else None)
    if draft.who is None:
        entries = [
            Option(id=f"{PREFIX}{WHO}:{ANY}", label=label(context, "any")),
            *(
                Option(
                    id=f"{PREFIX}{WHO}:{person.id}",
                    label=f"{practitioner_words(person)} {person.title} {person.speciality}",
                )
                for person in people
            ),
        ]
        return _question(context, WHO, draft, entries, template, variables)
    if draft.day is None:
        return await _ask_day(context, draft, template, variables)
    return await _ask_time(context, draft, template, variables)


async def _ask_day(
    context: Context, draft: BookingDraft, template: str | None, variables: Mapping[str, Any] | None
) -> Reply:
    days = await free_days(context, draft)
    if not days:
        return _question(context, DAY, draft, [], "booking.no_days", None)
    if len(days) == 1 and template is None:  # other words were written for a choice of days
        return await _ask_time(context, replace(draft, day=days[0], only_day=True, page=0), template, variables)
    here = today(context)
    entries = [Option(id=f"{PREFIX}{DAY}:{day.isoformat()}", label=near_day_words(day, here)) for day in days]
    return _question(context, DAY, draft, entries, template, variables)


async def _ask_time(
    context: Context, draft: BookingDraft, template: str | None, variables: Mapping[str, Any] | None
) -> Reply:
    slots = await free_slots(context, draft)
    if not slots:
        gone = {"date": day_words(draft.day or today(context))}
        return await _ask_day(context, replace(draft, day=None, only_day=False, page=0), "booking.day_full", gone)
    zone = context.services.clinic.timezone
    entries = [
        Option(id=time_id(draft.who or ANY, slot.start), label=hour_words(slot.start.astimezone(zone).time()))
        for slot in slots
    ]
    return _question(context, TIME, draft, entries, template, variables)


def ask_alternatives(context: Context, draft: BookingDraft, slots: Sequence[Slot]) -> Reply:
    """The hour was taken meanwhile: these are the next free ones."""
    zone = context.services.clinic.timezone
    entries = [
        Option(id=time_id(draft.who or ANY, slot.start), label=near_moment_words(slot.start, zone, context.now))
        for slot in slots
    ]
    return _question(context, TIME, replace(draft, page=0), entries, "booking.taken", None)


async def free_days(context: Context, draft: BookingDraft) -> list[date]:
    """The days with free hours for the draft."""
    if draft.visit_type_id is None:
        return []
    found = await context.services.booking.days(
        draft.visit_type_id, draft.practitioner_id, context.now, moving=draft.moving
    )
    return [day.date for day in found]


async def free_slots(context: Context, draft: BookingDraft) -> list[Slot]:
    """The free hours of the draft's day."""
    if draft.visit_type_id is None or draft.day is None:
        return []
    return await context.services.booking.slots(
        draft.visit_type_id, draft.practitioner_id, draft.day, context.now, moving=draft.moving
    )


def time_id(who: str, start: datetime) -> str:
    """bk:time:chen:2026-11-23T06:30Z."""
    return f"{PREFIX}{TIME}:{who}:{start.astimezone(UTC).strftime(TIME_FORMAT)}"


def appointment_variables(context: Context, appointment: Appointment) -> dict[str, str]:
    """What a wording about one appointment may name."""
    clinic = context.services.clinic
    start = appointment.start.astimezone(clinic.timezone)
    practitioner = clinic.practitioner(appointment.practitioner_id)
    visit_type = clinic.visit_type(appointment.visit_type_id)
    return {
        "date": near_day_words(start.date(), today(context)),
        "time": hour_words(start.time()),
        "practitioner": practitioner_words(practitioner) if practitioner is not None else "",
        "visit_type": visit_type.name if visit_type is not None else "",
        "room": clinic.room_name(appointment.room),
    }


def label(context: Context, name: str) -> str:
    """An entry's words, from the template `booking.<name>_label`."""
    return context.services.templates.get(f"booking.{name}_label").text


def _question(  # noqa: PLR0913, PLR0917 - the parts of one message
    context: Context,
    step: str,
    draft: BookingDraft,
    entries: Sequence[Option],
    template: str | None,
    variables: Mapping[str, Any] | None,
) -> Reply:
    """One page of entries, with 更多 where there are more, 返回 and 取消."""
    pages = max(1, -(-len(entries) // PAGE))
    page = draft.page % pages
    following = (page + 1) % pages
    options = list(entries[page * PAGE : (page + 1) * PAGE])
    if pages > 1:
        words = label(context, f"more_{step}" if following else "first_page")
        options.append(Option(id=f"{MORE}:{step}:{following}", label=words))
    options.append(Option(id=BACK, label=label(context, "back")))
    options.append(Option(id=LEAVE, label=label(context, "leave_move" if draft.moving else "leave")))
    dialog = Dialog(name=DIALOG, step=step, data=replace(draft, page=page).data(), options=tuple(options))
    filled = {**_known(context, draft), **(variables or {})}
    return Reply(template=template or f"booking.choose_{step}", variables=filled, options=tuple(options), dialog=dialog)


def _known(context: Context, draft: BookingDraft) -> dict[str, str]:
    """What the questions may repeat of the choices so far; empty where nothing is chosen yet."""
    clinic = context.services.clinic
    visit_type = None if draft.visit_type_id is None else clinic.visit_type(draft.visit_type_id)
    practitioner = None if draft.practitioner_id is None else clinic.practitioner(draft.practitioner_id)
    return {
        "visit_type": visit_type.name if visit_type is not None else "",
        "practitioner": practitioner_words(practitioner) if practitioner is not None else "",
        "date": near_day_words(draft.day, today(context)) if draft.day is not None else "",
    }
