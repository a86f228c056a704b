"""Templates of broadcasts: what is filled for each patient by itself, and what a person fills in by hand. Pure."""

from collections.abc import Iterable, Mapping

from wxbot.templates.models import Use, Variable

PUSHES = "关怀推送"  # the event that such templates serve, in files as in the console
PERSON = frozenset({"name", "patient"})  # filled for whoever a broadcast goes to


def use_in_broadcasts(variables: Mapping[str, Variable], common: Iterable[str]) -> Use:
    """What every template of broadcasts may name: the clinic, the patient, and what is marked as filled by hand."""
    by_hand = frozenset(each.name for each in variables.values() if each.by_hand) - PERSON - frozenset(common)
    return Use(event=PUSHES, variables=frozenset(common) | PERSON | by_hand, by_hand=by_hand, fixed=False)
