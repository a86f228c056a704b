"""Whose a patient's follow-ups are: dispute, VIP, who won them, their consultant, in this order. Pure."""

from collections.abc import Collection

from wxbot.followups.owner_models import Ownership, PatientOwner

DISPUTE = "纠纷患者，只由负责人联系"
VIP = "重点患者，由自己的咨询师联系"
SOURCE = "由最先接待的同事配合联系"
CONSULTANT = "由自己的咨询师联系"


def ownership(owner: PatientOwner | None, tags: Collection[str], source: str, vip_tags: Collection[str]) -> Ownership:
    """Whose a follow-up is. `source`: the account of who first spoke with the patient on the telephone or online.

    A patient in dispute belongs to the owner of the dispute (A1-40, A2-65), a VIP to their consultant (A1-07), both
    locked; others to who won them (A1-10), else to their consultant, and colleagues may help. A VIP without a
    consultant belongs to nobody yet.
    """
    if owner is not None and owner.dispute:
        return Ownership(account=owner.dispute, locked=True, why=DISPUTE)
    consultant = owner.consultant if owner is not None else ""
    if consultant and not set(vip_tags).isdisjoint(tags):
        return Ownership(account=consultant, locked=True, why=VIP)
    if source:
        return Ownership(account=source, why=SOURCE)
    return Ownership(account=consultant, why=CONSULTANT) if consultant else Ownership()
