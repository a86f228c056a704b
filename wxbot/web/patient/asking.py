"""What a booking page asks once about the patient: name, telephone, of a child the birthday and the guardian."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from wxbot.errors import InvalidInputError
from wxbot.patients.birthday_words import parse_birthday
from wxbot.patients.guardians import lacks_birthday, lacks_guardian, under_age
from wxbot.patients.models import Birthday, GuardianRelation, Patient
from wxbot.patients.names import clean_name
from wxbot.patients.phones import parse
from wxbot.web.patient.frame import now_of, said, services_of, today_of, words_of
from wxbot.web.patient.people import Person

ASKED = ("name", "phone", "birthday", "guardian_name", "guardian_relation", "guardian_agrees")
GUARDIAN_CONSENT = "page.guardian_consent"  # the sentence a guardian agrees to


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which fields the page shows, what is typed in them, and what is wrong with it."""

    name: bool
    phone: bool
    birthday: bool
    guardian: bool
    values: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    born: Birthday | None = None

    @property
    def anything(self) -> bool:
        """Whether anything is asked at all."""
        return self.name or self.phone or self.birthday or self.guardian


def asked_of(request: web.Request, whom: Person) -> Asked:
    """What is still unknown of them. Name and telephone are asked once."""
    patient, today = whom.patient, today_of(request)
    birthday = lacks_birthday(patient, whom.relation)
    return Asked(
        name=not whom.name,
        phone=patient is None or not patient.phone,
        birthday=birthday,
        guardian=birthday or lacks_guardian(patient, today),
    )


def read(request: web.Request, whom: Person, values: Mapping[str, str]) -> Asked:
    """What was typed, checked. No child under 14 is booked for without a guardian who agrees (PIPL art. 31)."""
    asks = asked_of(request, whom)
    today, problems = today_of(request), dict[str, str]()

    def checked(name: str, check: Callable[[str], Any]) -> Any:
        try:
            return check(values[name])
        except InvalidInputError as error:
            problems[name] = words_of(request, error)
            return None

    if asks.name:
        checked("name", clean_name)
    if asks.phone and values["phone"]:
        checked("phone", parse)
    born = checked("birthday", lambda text: parse_birthday(text, today)) if asks.birthday else None
    known = whom.patient.birthday if whom.patient is not None else None
    needed = asks.guardian and "birthday" not in problems and under_age(born or known, today)
    if needed and not _consents(values):
        problems["guardian"] = said(request, "page.guardian_needed")
    return Asked(
        name=asks.name,
        phone=asks.phone,
        birthday=asks.birthday,
        guardian=asks.guardian,
        values=values,
        problems=problems,
        born=born,
    )


async def keep(request: web.Request, patient: Patient, asked: Asked) -> None:
    """Keep with the record what was asked and is not known yet."""
    services, now, values = services_of(request), now_of(request), asked.values
    if asked.name and not patient.name:
        await services.patients.set_name(patient.id, values["name"], now=now)
    if asked.phone and values["phone"] and not patient.phone:
        await services.patients.phones.set(patient.id, values["phone"], now=now)
    if asked.born is not None:
        await services.patients.set_birthday(patient.id, asked.born, now=now)
    relation = _relation(values)
    if asked.guardian and relation is not None and values["guardian_name"] and values["guardian_agrees"] == "yes":
        version = services.templates.get(GUARDIAN_CONSENT).version
        await services.patients.guardians.set(
            patient.id, values["guardian_name"], relation, wording=f"{GUARDIAN_CONSENT}@{version}", now=now
        )


def _consents(values: Mapping[str, str]) -> bool:
    """Whether somebody with a name and a relation to the child agrees."""
    try:
        clean_name(values["guardian_name"])
    except InvalidInputError:
        return False
    return _relation(values) is not None and values["guardian_agrees"] == "yes"


def _relation(values: Mapping[str, str]) -> GuardianRelation | None:
    return next((each for each in GuardianRelation if each.value == values["guardian_relation"]), None)
