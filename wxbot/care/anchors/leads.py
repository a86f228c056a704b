"""`invited` and `undecided`: the moment at which a patient became a lead, or left without deciding (A1-08, A1-32)."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.booking.models import Appointment, AppointmentId
from wxbot.care.anchors.kind import MET, Facts, PatientFacts, Precondition, Sources, unwanted
from wxbot.care.anchors.visits import PERSON_VARIABLES, came_at
from wxbot.care.models import Anchor
from wxbot.care.spans import Span
from wxbot.clinic.models import Clinic
from wxbot.followups.leads import LeadKind, lead_kind
from wxbot.followups.models import FollowUp, FollowUpId, FollowUpState
from wxbot.history.models import PatientId
from wxbot.outbox.ports import Verdict

BOOKED = unwanted("lead_booked", "患者已经约好，或已经来过")
REFUSED = unwanted("lead_refused", "患者表示不考虑了")
_GONE = unwanted("lead_gone", "这次登记已撤销，不再联系")
_NEWER = unwanted("lead_newer", "患者有更近的一次登记，按那一次联系")


_SAME = unwanted("lead_same", "同一次来访已经登记过，按那一次联系")
SAME_TALK = timedelta(hours=12)  # what is noted within is about one talk: checkout, and 登记未成交 by the consultant


@dataclass(frozen=True, kw_only=True)
class Lead:
    """One kind of them. Who has no WeChat contact is called by the follow-up itself, and follows no plan."""

    key: str
    kind: LeadKind
    variables: frozenset[str] = PERSON_VARIABLES | {"project"}
    has_treatment: bool = False
    has_audience: bool = False
    follows_action: bool = False

    async def collect(self, sources: Sources, spans: Sequence[Span]) -> AsyncIterator[list[Anchor]]:
        """Those that became one within the spans, a query for each span."""
        if sources.leads is None:
            return
        for span in spans:
            yield self._anchors(await sources.leads.leads_between(span.start, span.end))

    def of_patient(self, facts: PatientFacts) -> Iterable[Anchor]:
        """Those that stand; which of them counts is judged for each step."""
        return self._anchors(each for each in facts.leads if each.state is not FollowUpState.OBSOLETE)

    def fill(self, anchor: Anchor, clinic: Clinic) -> Mapping[str, str]:
        """What the patient has not decided on, as it was noted; empty of who was only invited."""
        del clinic
        return {"project": anchor.source.about if isinstance(anchor.source, FollowUp) else ""}

    def appointment_of(self, precondition: Precondition) -> AppointmentId | None:
        """None: it depends on no appointment."""
        del precondition
        return None

    def judge(self, precondition: Precondition, facts: Facts) -> Verdict:
        """Wanted until they book, come, or say that they want no more of it.

        Of what was noted about one talk only the first counts, and of several talks only the latest.
        """
        patient_id = PatientId(str(precondition.get("patient")))
        known = facts.leads.get(patient_id, ())
        own = next((each for each in known if each.id == FollowUpId(str(precondition.get("id")))), None)
        return _GONE if own is None else lead_stands(own, known, facts.course.returned.get(patient_id, ()))

    def _anchors(self, tasks: Iterable[FollowUp]) -> list[Anchor]:
        return [
            Anchor(
                kind=self.key,
                ref=f"{self.key}:{each.id}",
                at=each.opened_at,
                contact_id=each.contact_id,
                patient_id=each.patient_id,
                precondition=precondition_of(self.key, each),
                source=each,
            )
            for each in tasks
            if lead_kind(each) is self.kind and each.contact_id is not None and each.patient_id is not None
        ]


def precondition_of(kind: str, task: FollowUp) -> dict[str, object]:
    """That the patient is still to be won; `lead` is when they became one."""
    return {"kind": kind, "id": task.id, "patient": task.patient_id, "lead": task.opened_at}


def lead_over(own: FollowUp, known: Iterable[FollowUp], visits: Iterable[Appointment]) -> Verdict:
    """Whether nobody has to win that patient any more: they booked or came since, or refused in a call about it."""
    if any(came_at(each) > own.opened_at for each in visits):
        return BOOKED
    if any(each.refused and _since(each, own.opened_at) for each in known):
        return REFUSED
    return MET


def lead_stands(own: FollowUp, known: Sequence[FollowUp], visits: Iterable[Appointment]) -> Verdict:
    """Whether the patient is still to be won, and `own` is the noting of it that counts; if not, why."""
    over = lead_over(own, known, visits)
    if not over.met:
        return over
    if own.state is FollowUpState.OBSOLETE:
        return _GONE
    others = [each for each in known if lead_kind(each) is not None and each.state is not FollowUpState.OBSOLETE]
    if any(each.opened_at > own.opened_at + SAME_TALK for each in others):
        return _NEWER
    return _SAME if any(_before(each, own) for each in others) else MET


def _before(each: FollowUp, own: FollowUp) -> bool:
    """Whether it was noted before `own`, about the same talk."""
    return (own.opened_at - SAME_TALK, "") <= (each.opened_at, each.id) < (own.opened_at, own.id)


def _since(task: FollowUp, moment: datetime) -> bool:
    return task.closed_at is not None and task.closed_at >= moment


INVITED = Lead(key="invited", kind=LeadKind.INVITED)
UNDECIDED_LEAD = Lead(key="undecided", kind=LeadKind.UNDECIDED)
