"""Rows of the worklist: the patient, what they were last treated for and by whom, and traits to group by (A2-04)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from wxbot.actors import Actor
from wxbot.followups.models import CALLED, FollowUp, FollowUpId, FollowUpState
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Contact
from wxbot.patients.views import Card
from wxbot.services import Services
from wxbot.web.console.task_rows import TaskRow, rows_of

UNKNOWN = "没有记录"
WALKED_IN = "不是扫码来的"
TRAITS: Mapping[str, str] = {"project": "按项目", "doctor": "按医生", "channel": "按渠道", "tag": "按标签"}


@dataclass(frozen=True, kw_only=True)
class WorkRow:
    """What the list shows of one follow-up."""

    task: FollowUp
    said: TaskRow  # who, reason, words, links
    card: Card | None  # the patient
    project: str
    doctor: str
    channel: str
    follows: bool = False  # the row above is of the same family
    callable: bool = False  # each try is recorded

    def trait(self, name: str) -> str:
        """What the row has in common with others."""
        if name == "tag":
            return self.card.tags[0].name if self.card is not None and self.card.tags else UNKNOWN
        words: Mapping[str, Callable[[], str]] = {
            "project": lambda: self.project or UNKNOWN,
            "doctor": lambda: self.doctor or UNKNOWN,
            "channel": lambda: self.channel or WALKED_IN,
        }
        return words[name]()


async def work_rows(services: Services, tasks: Sequence[FollowUp], *, by: Actor, now: datetime) -> list[WorkRow]:
    """The rows in the order of the list, families together. Every read is one look for all of them."""
    families = await services.recalls.worklist.families(tasks)
    ordered = [each for family in families for each in family.tasks]
    firsts = {family.tasks[0].id for family in families}
    said = await rows_of(services, ordered, by=by)
    whose = await patients_of(services, ordered)
    patients = await services.patients.patients(set(whose.values()))
    cards = {each.id: each for each in await services.records.cards(list(patients.values()), now)}
    visits = await services.recalls.visits.latest_of(list(patients), now)
    contacts = await services.patients.contacts({each.contact_id for each in ordered if each.contact_id is not None})
    scenes = await _scenes(services, contacts)
    clinic = services.clinic
    rows = []
    for task in ordered:
        visit = visits.get(whose[task.id]) if task.id in whose else None
        kind = clinic.visit_type(visit.project) if visit is not None else None
        doctor = clinic.practitioner(visit.practitioner) if visit is not None else None
        rows.append(
            WorkRow(
                task=task,
                said=said[task.id],
                card=cards.get(whose[task.id]) if task.id in whose else None,
                project=kind.name if kind is not None else "",
                doctor=doctor.name if doctor is not None else "",
                channel=scenes.get(task.contact_id, "") if task.contact_id is not None else "",
                follows=task.id not in firsts,
                callable=task.kind in CALLED
                and task.state is FollowUpState.OPEN
                and (task.patient_id is not None or task.contact_id is not None),
            )
        )
    return rows


def grouped(rows: Sequence[WorkRow], trait: str) -> list[tuple[str, list[WorkRow]]]:
    """The rows by what they have in common, the largest group first, those without it last."""
    found: dict[str, list[WorkRow]] = {}
    for row in rows:
        found.setdefault(row.trait(trait), []).append(row)
    return sorted(found.items(), key=lambda each: (each[0] in {UNKNOWN, WALKED_IN}, -len(each[1])))


async def patients_of(services: Services, tasks: Sequence[FollowUp]) -> dict[FollowUpId, PatientId]:
    """Follow-up → whom it is about; of a contact the first record."""
    contacts = await services.patients.contacts(
        {each.contact_id for each in tasks if each.patient_id is None and each.contact_id is not None}
    )
    found: dict[FollowUpId, PatientId] = {}
    for task in tasks:
        contact = contacts.get(task.contact_id) if task.contact_id is not None else None
        patient_id = task.patient_id or (
            contact.patient_ids[0] if contact is not None and contact.patient_ids else None
        )
        if patient_id is not None:
            found[task.id] = patient_id
    return found


async def _scenes(services: Services, contacts: Mapping[ContactId, Contact]) -> dict[ContactId, str]:
    """Contact → the label of the code that first brought them."""
    labels = {
        scene: await services.account.scenes.label_of(scene)
        for scene in {each.scene for each in contacts.values() if each.scene}
    }
    return {key: labels.get(each.scene) or "" for key, each in contacts.items() if each.scene}
