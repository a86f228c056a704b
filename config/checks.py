"""What a schema cannot see: whether the entries of the files agree with each other."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from config.care_plan_file import CarePlanFile
from config.plain_words import nearest
from config.schemas import ClinicFile, PractitionerEntry, TemplateEntry, TemplateFile

LIMITED = ("treatment", "date", "festival")  # anchors of which a plan may be limited to one kind by `treatment`
FESTIVALS = ("new_year", "spring", "lantern", "dragon_boat", "mid_autumn", "national", "double_ninth")
GREETINGS_BY_TEMPLATE = "WeChat forbids birthday and holiday greetings as template messages"  # reference §5.4

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something two entries disagree about: where (a path inside the file), what, and how to mend it."""

    path: tuple[str | int, ...]
    what: str
    fix: str
    text: str = ""  # a piece of text to look for below the path's line, for a more exact line


def clinic_findings(clinic: ClinicFile) -> Iterator[Finding]:
    """Ids given twice, visit types that are unknown or not offered, blocks that overlap, impossible closures."""
    kinds = [kind.id for kind in clinic.visit_types]
    people = [person.id for person in clinic.practitioners]
    yield from _repeated("visit_types", "id", kinds)
    yield from _repeated("practitioners", "id", people)
    yield from _repeated("visit_types", "name", [kind.name for kind in clinic.visit_types])
    yield from _repeated("practitioners", "name", [person.name for person in clinic.practitioners])
    for position, person in enumerate(clinic.practitioners):
        path: tuple[str | int, ...] = ("practitioners", position)
        for kind in person.visit_types:
            if kind not in kinds:
                yield _unknown((*path, "visit_types"), f"{person.name} offers the visit type {kind!r}", kind, kinds)
        yield from _overlaps((*path, "hours"), person)
    offered = {kind for person in clinic.practitioners for kind in person.visit_types}
    for place, offer in enumerate(kinds if offered <= set(kinds) else ()):  # a misspelt one is reported above
        if offer not in offered and not clinic.visit_types[place].retired:
            what = f"nobody offers the visit type {offer!r}"
            yield Finding(
                path=("visit_types", place), what=what, fix="Add it to a practitioner's visit_types or remove it"
            )
    yield from _room_findings(clinic)
    yield from _resource_findings(clinic)
    yield from _repeated("holidays", "year", [str(table.year) for table in clinic.holidays])
    for position, closure in enumerate(clinic.closures):
        if closure.first > closure.last:
            what = f"the closure ends ({closure.last}) before it begins ({closure.first})"
            yield Finding(path=("closures", position, "last"), what=what, fix="Correct first or last")
        if closure.practitioner_id is not None and closure.practitioner_id not in people:
            path = ("closures", position, "practitioner_id")
            yield _unknown(path, f"the closure names {closure.practitioner_id!r}", closure.practitioner_id, people)


def _room_findings(clinic: ClinicFile) -> Iterator[Finding]:
    rooms = [room.id for room in clinic.rooms]
    yield from _repeated("rooms", "id", rooms)
    yield from _repeated("rooms", "name", [room.name for room in clinic.rooms])
    for position, person in enumerate(clinic.practitioners if rooms else ()):
        if person.room not in rooms:
            yield _unknown(
                ("practitioners", position, "room"), f"{person.name} receives in {person.room!r}", person.room, rooms
            )


def _resource_findings(clinic: ClinicFile) -> Iterator[Finding]:
    """Devices given twice; kinds of room and device that a visit type needs and nothing is; days given twice."""
    yield from _repeated("devices", "id", [device.id for device in clinic.devices])
    yield from _repeated("devices", "name", [device.name for device in clinic.devices])
    rooms = sorted({kind for room in clinic.rooms for kind in room.kinds})
    devices = sorted({device.kind for device in clinic.devices})
    for position, visit_type in enumerate(clinic.visit_types):
        path = ("visit_types", position)
        if visit_type.room_kind and visit_type.room_kind not in rooms:
            what = f"{visit_type.name} needs a room of the kind {visit_type.room_kind!r}"
            yield _unknown((*path, "room_kind"), what, visit_type.room_kind, rooms)
        for kind in visit_type.devices:
            if kind not in devices:
                yield _unknown((*path, "devices"), f"{visit_type.name} needs the device {kind!r}", kind, devices)
    yield from _bundle_findings(clinic)
    for position, person in enumerate(clinic.practitioners):
        days = [each.day for each in person.dated]
        for place, day in enumerate(days):
            if day in days[:place]:
                what, fix = f"{person.name} has {day} twice in dated", "Keep one of the two"
                yield Finding(path=("practitioners", position, "dated", place, "day"), what=what, fix=fix)


def _bundle_findings(clinic: ClinicFile) -> Iterator[Finding]:
    """Bundles of what is not there, of other bundles or of one visit type twice; who does one part and not another."""
    kinds = {kind.id: kind for kind in clinic.visit_types}
    single = sorted(each.id for each in clinic.visit_types if not each.parts)
    for position, kind in enumerate(clinic.visit_types):
        path = ("visit_types", position, "parts")
        for part in kind.parts:
            if part not in single:
                yield _unknown(path, f"{kind.name} has the part {part!r}", part, single)
        if kind.parts and (len(kind.parts) < 2 or len(set(kind.parts)) < len(kind.parts)):  # noqa: PLR2004
            yield Finding(path=path, what=f"{kind.name} is no bundle of different parts", fix="Name two parts or more")
        rooms = {kinds[part].room_kind for part in kind.parts if part in kinds and kinds[part].room_kind}
        if len(rooms) > 1:
            what = f"the parts of {kind.name} need rooms of several kinds"
            yield Finding(path=path, what=what, fix="Make them bundles of one kind of room each")
    for position, person in enumerate(clinic.practitioners):
        for offered in person.visit_types:
            missing = (
                [part for part in kinds[offered].parts if part not in person.visit_types] if offered in kinds else []
            )
            if missing:
                what = f"{person.name} offers the bundle {offered!r}, but not its part {missing[0]!r}"
                fix = "Add the part to visit_types, or take the bundle out"
                yield Finding(path=("practitioners", position, "visit_types"), what=what, fix=fix)


def template_findings(file: TemplateFile, variables: Iterable[str]) -> Iterator[Finding]:
    """Variables that nothing fills, lonely braces, fallbacks without use, cards where the platform forbids them."""
    known = sorted(variables)
    for position, template in enumerate(file.templates):
        path = ("templates", position)
        used: set[str] = set()
        for where, wording in _wordings(template):
            for found in _BRACES.finditer(wording):
                if found[0] in {"{{", "}}"}:
                    continue
                name = found[1]
                if name is None:
                    what = f"{template.key} has a lonely {found[0]}"
                    yield Finding(
                        path=(*path, *where),
                        what=what,
                        fix="Write {name} for a variable, {{ and }} for braces",
                        text=wording[found.start() :].split("\n", 1)[0][:20],
                    )
                elif name not in known:
                    yield _unknown(
                        (*path, *where),
                        f"{template.key} uses {found[0]}, which nothing fills",
                        name,
                        known,
                        text=found[0],
                    )
                used.add(name or "")
        for name in template.fallbacks:
            if name not in used:
                what = f"{template.key} has a fallback for {name!r} and does not use it"
                yield Finding(
                    path=(*path, "fallbacks"), what=what, fix=f"Use {{{name}}} in the text or remove the fallback"
                )
        if template.purpose == "marketing" and template.template_card is not None:
            what = f"{template.key} is marketing; WeChat forbids marketing as template message"
            yield Finding(path=(*path, "template_card"), what=what, fix="Remove template_card")


def plan_findings(plan: CarePlanFile, templates: Mapping[str, TemplateEntry]) -> Iterator[Finding]:
    """Steps given twice, templates that do not exist or serve another purpose, greetings on forbidden channels."""
    yield from _repeated("steps", "key", [step.key for step in plan.steps])
    if plan.treatment is not None and plan.anchor not in LIMITED:
        what = f"a plan with the anchor {plan.anchor!r} has no treatment"
        yield Finding(path=("treatment",), what=what, fix='Remove treatment, or write anchor = "treatment"')
    if plan.anchor == "festival" and plan.treatment is not None and plan.treatment not in FESTIVALS:
        what = f"there is no festival {plan.treatment!r}"
        yield _unknown(("treatment",), what, plan.treatment, sorted(FESTIVALS))
    for position, step in enumerate(plan.steps):
        path = ("steps", position, "template")
        template = templates.get(step.template)
        if template is None:
            what = f"step {step.key!r} says the template {step.template!r}"
            yield _unknown(path, what, step.template, sorted(templates))
            continue
        if step.purpose != template.purpose:
            what = f"step {step.key!r} is {step.purpose!r}, its template {step.template!r} is {template.purpose!r}"
            yield Finding(path=("steps", position, "purpose"), what=what, fix="Give both the same purpose")
        if step.greeting and template.template_card is not None:
            yield Finding(
                path=path,
                what=f"{GREETINGS_BY_TEMPLATE}: {step.template!r} has a template_card",
                fix="Remove template_card",
            )


def aftercare_findings(clinic: ClinicFile, plans: Iterable[CarePlanFile]) -> Iterator[Finding]:
    """Visit types whose aftercare no plan describes."""
    kinds = sorted({plan.treatment for plan in plans if plan.treatment is not None and plan.anchor == "treatment"})
    for position, kind in enumerate(clinic.visit_types):
        if kind.aftercare is not None and kind.aftercare not in kinds:
            path = ("visit_types", position, "aftercare")
            yield _unknown(
                path, f"the visit type {kind.id!r} wants the aftercare {kind.aftercare!r}", kind.aftercare, kinds
            )


def _wordings(template: TemplateEntry) -> Iterator[tuple[tuple[str, ...], str]]:
    yield ("text",), template.text
    for name in ("template_card", "notice_card"):
        card = getattr(template, name)
        for key, wording in (card.fields if card is not None else {}).items():
            yield (name, "fields", key), wording


def _repeated(table: str, name: str, values: list[str]) -> Iterator[Finding]:
    seen: set[str] = set()
    for position, value in enumerate(values):
        if value in seen:
            yield Finding(
                path=(table, position, name), what=f"{name} {value!r} is given twice in {table}", fix="Choose another"
            )
        seen.add(value)


def _overlaps(path: tuple[str | int, ...], person: PractitionerEntry) -> Iterator[Finding]:
    for block, following in zip(person.hours, person.hours[1:], strict=False):
        if block.day == following.day and following.start < block.end:
            what = (
                f"{person.name}'s hours overlap on {block.day}: "
                f"{block.start:%H:%M}-{block.end:%H:%M} and {following.start:%H:%M}-{following.end:%H:%M}"
            )
            yield Finding(
                path=(*path, block.day), what=what, fix="Let the second begin when the first has ended, or join them"
            )


def _unknown(path: tuple[str | int, ...], what: str, name: str, known: list[str], *, text: str = "") -> Finding:
    meant = nearest(name, known)
    hint = f"Did you mean {meant}? " if meant is not None else ""
    listed = ", ".join(known[:30]) + ("…" if len(known) > 30 else "") if known else "none"  # noqa: PLR2004 - a readable line
    return Finding(
        path=path, what=f"{what}; that does not exist" if not text else what, fix=f"{hint}Known: {listed}", text=text
    )
