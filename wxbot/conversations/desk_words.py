"""The check of replies as the desk asks it: all of quality/spoken.py, with the clinic as it stands."""

from wxbot.clinic.ports import LiveClinic
from wxbot.conversations.clinic_facts import LiveClinicFacts
from wxbot.conversations.spoken_check import SpokenContext
from wxbot.quality import facts, spoken
from wxbot.quality.models import Finding


class DeskWords:
    """Implements `spoken_check.SpokenCheck`. No database, no waiting."""

    def __init__(self, check: spoken.SpokenCheck, clinics: LiveClinic) -> None:
        self._check = check
        self._clinics = clinics
        self._facts = LiveClinicFacts(clinics)

    def findings(self, text: str, context: SpokenContext) -> tuple[Finding, ...]:
        """The most serious first, then in reading order."""
        said = context.patient_said or ((context.patient_words,) if context.patient_words else ())
        moment = facts.SpokenContext(
            at=context.now.astimezone(self._clinics.current.timezone),
            clinic=self._facts.current,
            shift_ends_in=context.shift_ends_in,
            patient_words=said,
            agent_replies=context.staff_said,
            waited=context.waited,
            transfer_in_same_turn=context.handed_over,
            follow_up=context.follow_up,
            role=context.role,
        )
        return self._check.findings(text, moment)
