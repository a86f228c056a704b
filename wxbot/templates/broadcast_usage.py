"""The variables of broadcasts' templates: those filled per patient, and those filled in by hand. Pure."""

from collections.abc import Iterable, Mapping

from wxbot.templates.models import TemplateUsage, Variable

BROADCAST_EVENT = "关怀推送"  # their event, in files and in the console
PERSON = frozenset({"name", "patient"})  # filled for each recipient


def usage_in_broadcasts(variables: Mapping[str, Variable], common: Iterable[str]) -> TemplateUsage:
    """The variables such a template may use: of the clinic, of the patient, and those marked as filled in by hand."""
    by_hand = frozenset(each.name for each in variables.values() if each.by_hand) - PERSON - frozenset(common)
    return TemplateUsage(
        event=BROADCAST_EVENT, variables=frozenset(common) | PERSON | by_hand, by_hand=by_hand, fixed=False
    )
