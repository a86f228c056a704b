"""Bundles: several visit types that one practitioner does one after another, booked, moved and cancelled as one. Pure.

A bundle is a visit type with `parts`. How long it takes and what it needs follows from them, so that a change of a part
is a change of the bundle; whatever offers, books or tells of visit types does the same with a bundle.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from wxbot.clinic.models import Clinic, Practitioner, VisitType, VisitTypeId

MOST_PARTS = 5
LONGEST = 480  # minutes, as config/schemas.py bounds a visit


def with_bundles(kinds: Iterable[VisitType]) -> tuple[VisitType, ...]:
    """The visit types, each bundle as long as its parts are together. A part that is gone is left out."""
    every = tuple(kinds)
    by_id = {each.id: each for each in every}
    return tuple(_bundled(each, by_id) if each.parts else each for each in every)


def parts_of_bundle(kind: VisitType, kinds: Mapping[VisitTypeId, VisitType]) -> tuple[VisitType, ...]:
    """The parts that there are, in their order."""
    return tuple(kinds[each] for each in kind.parts if each in kinds and each != kind.id and not kinds[each].parts)


def bundled_minutes(parts: Sequence[VisitType]) -> int:
    """From the first part's begin to the last one's end, cleaning and preparation in between included."""
    between = sum(before.after_minutes + after.before_minutes for before, after in pairwise(parts))
    return sum(each.minutes for each in parts) + between


def bundle_problems(kind: VisitType, clinic: Clinic) -> dict[str, str]:
    """What is wrong with the parts of a bundle; the field is `parts`."""
    words = next(_faults(kind, clinic), "") if kind.parts else ""
    return {"parts": words} if words else {}


def _faults(kind: VisitType, clinic: Clinic) -> Iterator[str]:
    kinds = {each.id: each for each in clinic.visit_types}
    parts = parts_of_bundle(kind, kinds)
    if len(parts) != len(kind.parts) or len(set(kind.parts)) != len(kind.parts):
        yield "组合里只能放不同的、单个的项目，不能放别的组合。"
    if not 2 <= len(parts) <= MOST_PARTS:  # noqa: PLR2004 - one part is no bundle
        yield f"组合要有 2 到 {MOST_PARTS} 个项目。"
    for part in parts:
        if part.retired:
            yield f"「{part.name}」已停用，不能放进组合。"
    if len({each.room_kind for each in parts if each.room_kind}) > 1:
        yield "这些项目要在不同的诊室做，不能放进一个组合。"
    if any(kind.id in each.parts for each in clinic.visit_types if each.id != kind.id):
        yield "这个项目自己是别的组合的一部分，不能再做成组合。"
    if bundled_minutes(parts) > LONGEST:
        yield f"加起来要 {bundled_minutes(parts)} 分钟，超过 {LONGEST} 分钟。"


def bundles_of(kind: VisitType, clinic: Clinic) -> tuple[VisitType, ...]:
    """The bundles in use that this visit type is a part of."""
    return tuple(each for each in clinic.visit_types if kind.id in each.parts and not each.retired)


def untrained(person: Practitioner, clinic: Clinic) -> str:
    """A sentence about a bundle of which the practitioner does not do every part; empty when there is none."""
    for kind in clinic.visit_types:
        if kind.id in person.visit_types and not kind.retired:
            missing = [each for each in kind.parts if each not in person.visit_types]
            names = [each.name for each in clinic.visit_types if each.id in missing]
            if names:
                return f"「{kind.name}」包含{'、'.join(names)}，请一起勾选，或去掉「{kind.name}」。"
    return ""


def _bundled(kind: VisitType, kinds: Mapping[VisitTypeId, VisitType]) -> VisitType:
    parts = parts_of_bundle(kind, kinds)
    if not parts:
        return kind
    return replace(
        kind,
        minutes=bundled_minutes(parts),
        before_minutes=parts[0].before_minutes,
        after_minutes=parts[-1].after_minutes,
        room_kind=next((each.room_kind for each in parts if each.room_kind), ""),
        devices=tuple(dict.fromkeys(device for each in parts for device in each.devices)),
    )
