"""What an arrival must say, who should treat a complaint, and the card that the clinicians get. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from wxbot.clinic.models import Clinic, Practitioner
from wxbot.visits.models import MOST_WORDS, ArrivalCard, ArrivalForm, NotedArrival
from wxbot.visits.rules import Choice, VisitDayRules, found, name_of

CHOOSE = "请从列表中选择"
CHANNEL = "初诊患者要先选来院渠道，才能完成到诊登记。"
CLASS = "请选择客户分类（M/C）。"
COMPLAINT = "请选择主诉。"
TOO_LONG = f"最多 {MOST_WORDS} 字"


def arrival_faults(arrival: ArrivalForm, rules: VisitDayRules, practitioner: Practitioner | None) -> Mapping[str, str]:
    """Field → sentence for staff; empty when the arrival can be kept.

    A first visit has a channel (A4-11), everybody a class (A4-10) and a complaint (A4-35); a complaint that the triage
    table gives to others stays with the practitioner only for a reason (A4-28).
    """
    faults: dict[str, str] = {}
    if not arrival.channel and arrival.first_visit and rules.channels:
        faults["channel"] = CHANNEL
    if not arrival.visit_class and rules.classes:
        faults["visit_class"] = CLASS
    if not arrival.complaint and rules.complaints:
        faults["complaint"] = COMPLAINT
    chosen: Sequence[tuple[str, Sequence[Choice], str]] = (
        ("channel", rules.channels, arrival.channel),
        ("visit_class", rules.classes, arrival.visit_class),
        ("complaint", rules.complaints, arrival.complaint),
        *(("needs", rules.needs, need) for need in arrival.needs),
    )
    for name, choices, key in chosen:
        if key and found(choices, key) is None:
            faults.setdefault(name, CHOOSE)
    for name in ("keep_practitioner", "remarks", "social_status", "feels_now"):
        if len(getattr(arrival, name)) > MOST_WORDS:
            faults[name] = TOO_LONG
    warning = triage_warning(arrival.complaint, rules, practitioner)
    if warning and not arrival.keep_practitioner:
        faults["keep_practitioner"] = f"{warning}改约合适的医生，或写明仍由这位医生看的原因。"
    return faults


def fits(complaint: str, rules: VisitDayRules, practitioner: Practitioner | None) -> bool:
    """Whether the triage table lets that practitioner treat it; unknown complaints and practitioners pass."""
    topic = rules.complaint(complaint)
    return topic is None or practitioner is None or topic.fits(practitioner)


def triage_warning(complaint: str, rules: VisitDayRules, practitioner: Practitioner | None) -> str:
    """A sentence for staff where the practitioner is none whom the triage table names; else empty."""
    topic = rules.complaint(complaint)
    if topic is None or practitioner is None or topic.fits(practitioner):
        return ""
    return f"「{topic.name}」按分诊表不由{practitioner.name}（{practitioner.speciality}）看。"


def suitable(complaint: str, rules: VisitDayRules, clinic: Clinic) -> tuple[Practitioner, ...]:
    """The practitioners whom the triage table names for a complaint, in the clinic's order."""
    topic = rules.complaint(complaint)
    working = tuple(each for each in clinic.practitioners if not each.retired)
    return working if topic is None else tuple(each for each in working if topic.fits(each))


def arrival_card(noted: NotedArrival, rules: VisitDayRules, *, treating: bool) -> ArrivalCard:
    """The card for the clinicians (A4-18); only who treats reads the social status (A4-36)."""
    said = noted.said
    card = ArrivalCard(
        first_visit=said.first_visit,
        channel=name_of(rules.channels, said.channel),
        visit_class=name_of(rules.classes, said.visit_class),
        complaint=name_of(rules.complaints, said.complaint),
        needs=tuple(name_of(rules.needs, key) for key in said.needs),
        remarks=said.remarks,
        social_status=said.social_status,
        feels_now=said.feels_now,
    )
    return card if treating else replace(card, social_status="")
