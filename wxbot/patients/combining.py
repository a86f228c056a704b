"""Two records of one person as one, and back. Pure.

The record that stays (the survivor) takes from the duplicate what it lacks; where both say something else, staff
choose. Nothing that protects the patient is lost: a hold of either holds for both. The duplicate
becomes a shell that only points to the survivor, so whatever names it by id (appointments, follow-ups, the transcript)
leads there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wxbot.errors import InvalidInputError
from wxbot.patients.derived import indexed
from wxbot.patients.details import FIELDS, shown
from wxbot.patients.holds import united
from wxbot.patients.models import ContactLink, Gender, Merge, Patient, Tag, Taken

_DERIVED = frozenset({"birthday_keys", "search_keys", "held_kinds", "held_at"})
_KEPT_APART = frozenset({"id", "created_at", "revision", "merged_into"}) | _DERIVED
_SPEAKERS = ("contact_id", "relation", "other_contacts")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A field of a merge's preview: what each record says (masked), and what is taken unless staff choose otherwise."""

    field: str
    label: str
    survivor: str
    merged: str
    differs: bool
    taken: Taken


def choices(survivor: Patient, merged: Patient) -> list[Choice]:
    """The preview of a merge, field by field."""
    found = []
    for field, label in FIELDS.items():
        ours, theirs = getattr(survivor, field), getattr(merged, field)
        differs = not _empty(ours) and not _empty(theirs) and ours != theirs
        if field == "note" and differs:
            taken = Taken.BOTH
        else:
            taken = Taken.MERGED if _empty(ours) and not _empty(theirs) else Taken.SURVIVOR
        found.append(
            Choice(
                field=field,
                label=label,
                survivor=ours if field == "note" else shown(survivor, field),
                merged=theirs if field == "note" else shown(merged, field),
                differs=differs,
                taken=taken,
            )
        )
    return found


def combined(survivor: Patient, merged: Patient, chosen: Mapping[str, Taken]) -> tuple[Patient, Patient]:
    """The survivor afterwards, and the shell that the duplicate becomes."""
    taken = {each.field: each.taken for each in choices(survivor, merged)} | dict(chosen)
    fields: dict[str, Any] = {}
    for field in FIELDS:
        ours, theirs = getattr(survivor, field), getattr(merged, field)
        if taken[field] is Taken.MERGED:
            fields[field] = theirs
        elif taken[field] is Taken.BOTH and field == "note":
            fields[field] = "\n".join(dict.fromkeys(part for part in (ours, theirs) if part))
    takes_contact = survivor.contact_id is None and merged.contact_id is not None
    if takes_contact:
        fields |= {"contact_id": merged.contact_id, "relation": merged.relation}
    first = fields.get("contact_id", survivor.contact_id)
    after = replace(
        survivor,
        **fields,
        other_contacts=_speakers(first, (*survivor.other_contacts, *merged.other_contacts)),
        tags=_tags((*survivor.tags, *merged.tags)),
        holds=united(survivor.holds, merged.holds),
        guardian=survivor.guardian or merged.guardian,
        recovered=max(
            (mark for mark in (survivor.recovered, merged.recovered) if mark), key=lambda mark: mark.at, default=None
        ),
        offers_declined_at=max(
            (at for at in (survivor.offers_declined_at, merged.offers_declined_at) if at), default=None
        ),
        source=survivor.source if survivor.source != "self" else merged.source,
        revision=survivor.revision + 1,
    )
    shell = Patient(
        id=merged.id,
        name=None,
        created_at=merged.created_at,
        relation=merged.relation,
        contact_id=None if takes_contact else merged.contact_id,
        source=merged.source,
        merged_into=survivor.id,
        revision=merged.revision + 1,
    )
    return indexed(after), indexed(shell)


def parted(merge: Merge, survivor: Patient, shell: Patient) -> tuple[Patient, Patient, tuple[str, ...]]:
    """Both records as they were before the merge, and the fields that stay because they were changed since.

    A contact that left in between does not come back. Raises InvalidInputError when the originals are forgotten.
    """
    before, after, theirs = merge.survivor_before, merge.survivor_after, merge.merged_before
    if before is None or after is None or theirs is None:
        raise InvalidInputError("the originals are forgotten")
    stays: list[str] = []
    fields: dict[str, Any] = {}
    for field in _fields():
        if field in _SPEAKERS:
            continue
        if getattr(survivor, field) == getattr(after, field):
            fields[field] = getattr(before, field)
        elif getattr(after, field) != getattr(before, field):
            stays.append(field)
    if all(getattr(survivor, field) == getattr(after, field) for field in _SPEAKERS):
        fields |= {field: getattr(before, field) for field in _SPEAKERS}
    else:
        stays.append("contact_id")
        if survivor.contact_id is not None and survivor.contact_id == theirs.contact_id:
            fields |= {"contact_id": before.contact_id, "relation": before.relation}
    if shell.contact_id is None and survivor.contact_id != theirs.contact_id:
        theirs = replace(theirs, contact_id=None)
    one = replace(survivor, **fields, revision=survivor.revision + 1)
    two = replace(theirs, merged_into=None, revision=shell.revision + 1)
    return indexed(one), indexed(two), tuple(stays)


def _fields() -> list[str]:
    return [field for field in Patient.__dataclass_fields__ if field not in _KEPT_APART]


def _empty(value: object) -> bool:
    return value in {None, ""} if not isinstance(value, Gender) else value is Gender.UNKNOWN


def _speakers(first: object, found: Sequence[ContactLink]) -> tuple[ContactLink, ...]:
    once = {each.contact_id: each for each in found if each.contact_id != first}
    return tuple(once.values())


def _tags(found: Sequence[Tag]) -> tuple[Tag, ...]:
    """Each tag once; of two with the same name the one that lasts longer."""
    kept: dict[str, Tag] = {}
    for tag in found:
        known = kept.get(tag.name)
        lasts_longer = (
            known is not None
            and known.expires_on is not None
            and (tag.expires_on is None or tag.expires_on > known.expires_on)
        )
        if known is None or lasts_longer:
            kept[tag.name] = tag
    return tuple(kept.values())
