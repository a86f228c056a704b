"""Variables of a broadcast's template: those filled per patient, and those a person fills in by hand. Pure."""

from collections.abc import Mapping

from wxbot.clinic.models import Clinic
from wxbot.messaging import Purpose
from wxbot.patients.models import Contact, Patient
from wxbot.templates.models import Template
from wxbot.templates.ports import LexiconChecker
from wxbot.templates.rendering import Wording

FILLED_PER_PATIENT = frozenset({"name", "patient", "clinic_name", "clinic_address", "clinic_phone", "privacy_contact"})
BLOCKS = "block"  # the severity of forbidden words
LONGEST_VALUE = 200  # characters of one value


def manual_names(template: Template) -> tuple[str, ...]:
    """The variables to fill in by hand, in alphabetical order; see `required_names` for the mandatory ones."""
    texts = [template.text]
    for card in (template.template_card, template.notice_card):
        texts += card.fields.values() if card is not None else ()
    used = frozenset[str]().union(*(Wording(text).variables for text in texts))
    return tuple(sorted(used - FILLED_PER_PATIENT))


def required_names(template: Template) -> frozenset[str]:
    """Those that the text needs. One that only a card names may stay empty: that card is then not used."""
    return Wording(template.text).variables - FILLED_PER_PATIENT - template.fallbacks.keys()


def problems(template: Template, variables: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the values filled in by hand: `var_<name>` → words for staff."""
    found: dict[str, str] = {}
    needed = required_names(template)
    for name in manual_names(template):
        value = variables.get(name, "").strip()
        if not value and name in needed:
            found[f"var_{name}"] = "请填写，患者会看到这句话"
        elif len(value) > LONGEST_VALUE:
            found[f"var_{name}"] = f"最多 {LONGEST_VALUE} 个字"
    return found


def forbidden(
    template: Template, variables: Mapping[str, str], purpose: Purpose, lexicon: LexiconChecker
) -> dict[str, str]:
    """Forbidden words in the values filled in by hand: `var_<name>` → words for staff."""
    found: dict[str, str] = {}
    cards = [card for card in (template.template_card, template.notice_card) if card is not None]
    on_cards = frozenset[str]().union(*(Wording(text).variables for card in cards for text in card.fields.values()))
    for name in manual_names(template):
        findings = lexicon.findings(variables.get(name, ""), purpose=purpose.value, lock_screen=name in on_cards)
        refused = next((each for each in findings if each.severity == BLOCKS), None)
        if refused is not None:
            instead = f"可以改为：{refused.instead}" if refused.instead else ""
            found[f"var_{name}"] = f"「{refused.words}」{refused.reason}{instead}"
    return found


def variables_for(
    variables: Mapping[str, str], clinic: Clinic, patient: Patient | None, contact: Contact | None
) -> dict[str, str]:
    """All variables for one patient. Values filled in by hand never replace the patient's own."""
    name = (patient.name if patient else None) or ""
    return {
        **variables,
        "name": name,
        "patient": name or (contact.alias if contact else ""),
        "clinic_name": clinic.name,
        "clinic_address": clinic.address,
        "clinic_phone": clinic.phone,
    }
