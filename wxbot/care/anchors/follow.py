"""`follow`: the moment somebody followed the account; following again begins anew."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from wxbot.booking.models import AppointmentId
from wxbot.care.anchors.kind import MET, Facts, PatientFacts, Precondition, Sources
from wxbot.care.anchors.visits import PERSON_VARIABLES
from wxbot.care.models import Anchor
from wxbot.care.spans import Span
from wxbot.clinic.models import Clinic
from wxbot.history.models import PatientId
from wxbot.outbox.ports import Verdict
from wxbot.patients.models import Contact, Patient, Relation


def follow_anchor(contact: Contact, patient_id: PatientId | None = None) -> Anchor | None:
    """The moment of following; None for those who left. `patient_id` is the follower's own record, if there is one."""
    if contact.followed_at is None or not contact.following:
        return None
    return Anchor(
        kind=FOLLOW.key,
        ref=f"follow:{contact.id}:{contact.followed_at:%Y%m%dT%H%M%S}",
        at=contact.followed_at,
        contact_id=contact.id,
        patient_id=patient_id,
        source=contact,
    )


class Follow:
    """New followers. Who has left cannot be reached: the sender says so, and nothing else must hold."""

    key = "follow"
    variables = PERSON_VARIABLES
    has_treatment = False
    has_audience = False
    follows_action = True

    async def collect(self, sources: Sources, spans: Sequence[Span]) -> AsyncIterator[list[Anchor]]:
        """Followers who came within the spans, two queries for each: conditions look at who is a patient by now."""
        for span in spans:
            found = await sources.patients.followed_between(span.start, span.end)
            known = await sources.patients.of_contacts([each.id for each in found])
            yield [
                anchor for each in found if (anchor := follow_anchor(each, _own(known.get(each.id, ())))) is not None
            ]

    def of_patient(self, facts: PatientFacts) -> Iterable[Anchor]:
        """None: it is about a contact, and who is a patient has plans of their own."""
        del facts
        return []

    def fill(self, anchor: Anchor, clinic: Clinic) -> Mapping[str, str]:
        """Nothing beside the name."""
        del anchor, clinic
        return {}

    def appointment_of(self, precondition: Precondition) -> AppointmentId | None:
        """None: it depends on no appointment."""
        del precondition
        return None

    def judge(self, precondition: Precondition, facts: Facts) -> Verdict:
        """Always wanted."""
        del precondition, facts
        return MET


def _own(patients: Iterable[Patient]) -> PatientId | None:
    return next((each.id for each in patients if each.relation is Relation.SELF), None)


FOLLOW = Follow()
