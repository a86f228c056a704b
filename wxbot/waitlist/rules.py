"""Who is next for a free hour, and when an entry ends without anybody's doing. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo

from wxbot.booking.models import Appointment, Booker, Slot
from wxbot.booking.windows import Bookable
from wxbot.clinic.models import Clinic
from wxbot.understanding.which_appointment import in_part
from wxbot.waitlist.models import Entry, EntryState, LocalHour, Need, Offer, OfferOutcome, PartOfDay

OFFER_TIME = timedelta(minutes=15)  # how long an offered hour is held
MOST_UNANSWERED = 3  # offers in a row; who never answers is not asked for ever
REQUEST = "waitlist"  # the request by which an offer is taken: waitlist:<entry>:<number>
PAST_DAYS = "想要的日期都过去了"
BOOKED_MEANWHILE = "患者已经约好了"
VISIT_GONE = "原来的预约已经改过或取消"
NOT_OFFERED = "诊所不再开展这个项目，或没有这样的医生"
NEVER_ANSWERED = f"连续 {MOST_UNANSWERED} 次通知都没有回复"


def in_line(entries: Iterable[Entry]) -> list[Entry]:
    """In the order in which they are served: by priority, then who came first."""
    return sorted(entries, key=lambda each: (-each.priority, each.since, each.id))


def local_hour(slot: Slot, zone: tzinfo) -> LocalHour:
    """The free hour by the clinic's wall clock."""
    local = slot.start.astimezone(zone)
    return LocalHour(practitioner_id=slot.practitioner_id, day=local.date(), clock=local.time())


def fits(need: Need, hour: LocalHour) -> bool:
    """Whether the hour is one that is waited for."""
    return (
        need.first <= hour.day <= need.last
        and (not need.practitioners or hour.practitioner_id in need.practitioners)
        and (not need.weekdays or hour.day.weekday() in need.weekdays)
        and (not need.parts or any(in_part(part.label, hour.clock) for part in need.parts))
    )


def was_offered(entry: Entry, slot: Slot) -> bool:
    """Whether that very hour was offered to the entry before: it goes to the next in line."""
    return any((each.start, each.practitioner_id) == (slot.start, slot.practitioner_id) for each in entry.offers)


def can_be_taken(clinic: Clinic, need: Need, start: datetime, at: datetime, booker: Booker) -> bool:
    """Whether patients may still book that hour at that moment: not past, lead time and cut-off kept."""
    bookable = Bookable.at(clinic, at, clinic.visit_type(need.visit_type_id), booker)
    day = start.astimezone(clinic.timezone).date()
    return start >= bookable.earliest and bookable.first <= day <= bookable.last


def wished_days(need: Need, today: date) -> list[date]:
    """The days of the need from today on."""
    first = max(need.first, today)
    days = (first + timedelta(days=ahead) for ahead in range((need.last - first).days + 1))
    return [day for day in days if not need.weekdays or day.weekday() in need.weekdays]


def why_ended(entry: Entry, clinic: Clinic, today: date, coming: Sequence[Appointment]) -> str:
    """Why the entry is over by itself, for staff; empty while it is not. `coming` are the patient's booked visits."""
    if booked_meanwhile(entry, coming) is not None:
        return BOOKED_MEANWHILE
    if entry.moving is not None and not any(
        each.id == entry.moving and not _moved_since(each, entry.since) for each in coming
    ):
        return VISIT_GONE
    if entry.state is EntryState.OFFERED:
        return ""  # answered or over first
    if entry.need.last < today:
        return PAST_DAYS
    people = {person.id for person in clinic.who_offers(entry.need.visit_type_id)}
    if entry.moving is None and not (people & set(entry.need.practitioners) if entry.need.practitioners else people):
        return NOT_OFFERED
    return NEVER_ANSWERED if entry.unanswered >= MOST_UNANSWERED else ""


def booked_meanwhile(entry: Entry, coming: Sequence[Appointment]) -> Appointment | None:
    """The visit of that kind that the patient got since they wait."""
    if entry.moving is not None:
        return next((each for each in coming if each.id == entry.moving and _moved_since(each, entry.since)), None)
    kind = entry.need.visit_type_id
    mine = f"{REQUEST}:{entry.id}:"
    found = (each for each in coming if each.visit_type_id == kind)
    return next((each for each in found if each.created_at > entry.since or each.request_key.startswith(mine)), None)


def overlaps(slot: Slot, coming: Sequence[Appointment], *, but: str | None) -> bool:
    """Whether the patient has another visit in that hour: what is offered can be had."""
    return any(each.id != but and each.start < slot.end and each.end > slot.start for each in coming)


def ended_offer(offer: Offer, outcome: OfferOutcome, now: datetime) -> bool:
    """Whether an offer that waits for an answer may end so now."""
    return offer.outcome is OfferOutcome.OPEN and (outcome is not OfferOutcome.UNANSWERED or offer.until <= now)


def part_of(name: str) -> PartOfDay | None:
    """The part of the day of that value or label."""
    return next((each for each in PartOfDay if name in {each.value, each.label}), None)


def _moved_since(appointment: Appointment, since: datetime) -> bool:
    moved = appointment.moved_from is not None and appointment.changed_at is not None
    return moved and appointment.changed_at is not None and appointment.changed_at > since
