"""What the wording of a care message may name. Pure.

`name` is empty while it is unknown, so a template has a fallback for it; `patient` never is: it falls back to the
alias, for cards whose fields must not be empty.
"""

from collections.abc import Mapping

from wxbot.care.anchors import ANCHORS
from wxbot.care.anchors.kind import AnchorKind
from wxbot.care.models import Anchor
from wxbot.clinic.models import Clinic
from wxbot.patients.models import Contact, Patient


def variables_for(
    anchor: Anchor,
    clinic: Clinic,
    patient: Patient | None,
    contact: Contact | None,
    anchors: Mapping[str, AnchorKind] = ANCHORS,
) -> dict[str, str]:
    """Everything a template of a care plan may name for this anchor, as text."""
    name = (patient.name if patient else None) or ""
    return {
        "name": name,
        "patient": name or (contact.alias if contact else ""),
        "clinic_name": clinic.name,
        "clinic_address": clinic.address,
        "clinic_phone": clinic.phone,
        **anchors[anchor.kind].fill(anchor, clinic),
    }
