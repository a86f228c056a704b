"""What the check of a colleague's words needs to know of the clinic: prices, and who receives when."""

from wxbot.clinic.hours import openings
from wxbot.clinic.models import Clinic
from wxbot.clinic.ports import LiveClinic
from wxbot.clinic.prices import price_words
from wxbot.quality.facts import ClinicFacts, Doctor, Price
from wxbot.staff.permissions import ROLE_NAMES


def facts_of(clinic: Clinic) -> ClinicFacts:
    """The facts of a clinic at one moment."""
    names = {role.value: words for role, words in ROLE_NAMES.items()}
    return ClinicFacts(
        prices=tuple(
            Price(
                names=(kind.name, *kind.also),
                low=kind.price_from,
                high=kind.price_to,
                words=price_words(kind),
                until=kind.price_until,
                said_by=kind.price_by,
                said_by_words="、".join(names[role] for role in kind.price_by if role in names),
            )
            for kind in clinic.visit_types
            if not kind.retired
        ),
        doctors=tuple(
            Doctor(
                name=person.name,
                title=person.title,
                receives=lambda day, person=person: bool(openings(clinic, person, day)),  # type: ignore[misc]
            )
            for person in clinic.practitioners
            if not person.retired
        ),
    )


class LiveClinicFacts:
    """The facts of the clinic as it stands: the same object while the clinic is."""

    def __init__(self, clinics: LiveClinic) -> None:
        self._clinics = clinics
        self._made: tuple[Clinic, ClinicFacts] | None = None

    @property
    def current(self) -> ClinicFacts:
        """The clinic's facts now."""
        clinic = self._clinics.current
        if self._made is None or self._made[0] is not clinic:
            self._made = (clinic, facts_of(clinic))
        return self._made[1]
