"""Which projects a patient asked about and has not done, out of what is known of them. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.clinic.models import Clinic, VisitTypeId
from wxbot.followups.leads import LeadKind, lead_kind
from wxbot.followups.models import FollowUp
from wxbot.reception.interest_models import Interest, InterestNote, InterestSource
from wxbot.visits.lateness import NOT_LEFT
from wxbot.visits.models import VisitRecord
from wxbot.visits.rules import VisitDayRules, name_of
from wxbot.waitlist.models import Entry, EntryState

UNNAMED = frozenset({"", "上次咨询"})  # an undecided patient of whom nobody wrote what about
SHORTEST = 2  # characters of a name that is looked for within other words
_GIVEN_UP = {
    AppointmentState.CANCELLED: InterestSource.CANCELLED,
    AppointmentState.NO_SHOW: InterestSource.MISSED,
}


def types_named(project: str, clinic: Clinic) -> frozenset[VisitTypeId]:
    """The visit types that those words may mean: whose name stands in them, or the other way round."""
    words = project.strip().casefold()
    return frozenset(
        each.id
        for each in clinic.visit_types
        if any(
            len(name) >= SHORTEST and (name in words or (len(words) >= SHORTEST and words in name))
            for name in (written.casefold() for written in (each.name, *each.also))
        )
    )


def of_notes(notes: Iterable[InterestNote], clinic: Clinic) -> list[Interest]:
    """What colleagues wrote down by hand."""
    return [
        Interest(
            key=each.id,
            project=each.project,
            source=InterestSource.NOTED,
            at=each.noted_at,
            since=each.noted_at,
            visit_types=types_named(each.project, clinic),
            by=each.noted_by,
        )
        for each in notes
        if each.by_hand
    ]


def of_undecided(tasks: Iterable[FollowUp], clinic: Clinic) -> list[Interest]:
    """What patients did not decide on. A checkout that was taken back says nothing."""
    return [
        Interest(
            key=f"undecided:{each.id}",
            project=each.about,
            source=InterestSource.UNDECIDED,
            at=each.opened_at,
            since=each.opened_at,
            visit_types=types_named(each.about, clinic),
            words=f"报价 {each.quote} 元" if each.quote else "",
        )
        for each in tasks
        if lead_kind(each) is LeadKind.UNDECIDED and each.about not in UNNAMED and each.outcome != NOT_LEFT
    ]


def of_offers(records: Mapping[AppointmentId, VisitRecord], rules: VisitDayRules, clinic: Clinic) -> list[Interest]:
    """What was offered at a checkout, with the answer."""
    return [
        Interest(
            key=f"offer:{visit_id}",
            project=name,
            source=InterestSource.OFFER,
            at=each.offer.at,
            since=each.offer.at,
            visit_types=types_named(name, clinic),
            by=each.offer.by,
            words=each.offer.answer.label,
        )
        for visit_id, each in records.items()
        if each.offer is not None and (name := name_of(rules.offers, each.offer.offer))
    ]


def of_waitlist(entries: Iterable[Entry], clinic: Clinic) -> list[Interest]:
    """What patients waited for, and left or saw expire."""
    return [
        Interest(
            key=f"waitlist:{each.id}",
            project=kind.name,
            source=InterestSource.WAITLIST,
            at=each.ended_at,
            since=each.since,
            visit_types=frozenset({kind.id}),
        )
        for each in entries
        if each.state in {EntryState.LEFT, EntryState.EXPIRED}
        and each.ended_at is not None
        and (kind := clinic.visit_type(each.need.visit_type_id)) is not None
    ]


def of_visits(visits: Iterable[Appointment], clinic: Clinic) -> list[Interest]:
    """Visits that were cancelled or missed."""
    return [
        Interest(
            key=f"visit:{each.id}",
            project=kind.name,
            source=_GIVEN_UP[each.state],
            at=each.closed_at or each.start,
            since=each.created_at,
            visit_types=frozenset({kind.id}),
        )
        for each in visits
        if each.state in _GIVEN_UP and (kind := clinic.visit_type(each.visit_type_id)) is not None
    ]


def not_done(interests: Iterable[Interest], visits: Sequence[Appointment], clinic: Clinic) -> list[Interest]:
    """Those of which no visit of that type took place since, and none is booked."""
    kept = [
        (_types_of(each, clinic), each.arrived_at or each.start, each.live)
        for each in visits
        if each.state in {AppointmentState.COMPLETED, AppointmentState.BOOKED}
    ]
    return [
        each
        for each in interests
        if not any(each.visit_types & types and (live or at > each.since) for types, at, live in kept)
    ]


def one_of_each(interests: Iterable[Interest]) -> list[Interest]:
    """The latest of each project, the latest first."""
    found: dict[object, Interest] = {}
    for each in sorted(interests, key=lambda one: (one.at, one.key), reverse=True):
        found.setdefault(same_project(each), each)
    return list(found.values())


def same_project(interest: Interest) -> object:
    """What two interests in one project have in common: their types, else their words."""
    return interest.visit_types or interest.project.strip().casefold()


def _types_of(visit: Appointment, clinic: Clinic) -> frozenset[VisitTypeId]:
    kind = clinic.visit_type(visit.visit_type_id)
    return frozenset({visit.visit_type_id, *(kind.parts if kind is not None else ())})
