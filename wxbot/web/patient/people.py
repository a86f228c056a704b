"""给谁: the contact themselves and the relatives they book for. Looking creates no record."""

from dataclasses import dataclass

from aiohttp import web

from wxbot.errors import InvalidInputError, NotFoundError
from wxbot.patients.models import Patient, Relation
from wxbot.web.patient.frame import contact_of, now_of, page, see_other, services_of, typed, words_of

SELF = "self"  # the key of the contact themselves, who may have no record yet
RELATIONS = (Relation.CHILD, Relation.PARENT, Relation.SPOUSE, Relation.OTHER)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody the contact may book for. `key` stands in addresses and forms; it names nobody to a stranger."""

    key: str
    relation: Relation
    patient: Patient | None = None

    @property
    def name(self) -> str:
        """The registered name; empty when none was given yet."""
        return (self.patient.name if self.patient is not None else None) or ""


async def people(request: web.Request) -> list[Person]:
    """The contact themselves first, then their relatives."""
    relatives = await services_of(request).patients.relatives.of(contact_of(request))
    themselves = next((each.patient for each in relatives if each.relation is Relation.SELF), None)
    others = [
        Person(key=str(each.patient.id), relation=each.relation, patient=each.patient)
        for each in relatives
        if each.relation is not Relation.SELF
    ]
    return [Person(key=SELF, relation=Relation.SELF, patient=themselves), *others]


async def person(request: web.Request, key: str) -> Person:
    """The one of that key; without a key the contact themselves. Raises NotFoundError for anybody else's."""
    found = next((each for each in await people(request) if each.key == (key or SELF)), None)
    if found is None:
        raise NotFoundError("nobody this contact speaks for")
    return found


async def record(request: web.Request, whom: Person) -> Patient:
    """Their record, made now for a contact who has none. For forms only: it may write."""
    if whom.patient is not None:
        return whom.patient
    return await services_of(request).patients.self_patient(contact_of(request), now_of(request))


async def new(request: web.Request) -> web.StreamResponse:
    """GET /w/people/new: who else is to be booked for."""
    return page(request, "person.html", {"relations": RELATIONS, "values": {}, "problem": ""})


async def add(request: web.Request) -> web.StreamResponse:
    """POST /w/people: a relative, the same one if they are known; then on with the booking for them."""
    values = await typed(request, "relation", "name")
    relation = next((each for each in RELATIONS if each.value == values["relation"]), Relation.OTHER)
    try:
        patient = await services_of(request).patients.relatives.patient_for(
            contact_of(request), relation, values["name"], now_of(request)
        )
    except InvalidInputError as error:
        shown = {"relations": RELATIONS, "values": values, "problem": words_of(request, error)}
        return page(request, "person.html", shown, status=422)
    return see_other(f"/w/book?for={patient.id}")
