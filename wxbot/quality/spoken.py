"""What a colleague writes to a patient, checked before it leaves. Nobody is exempt, supervisors neither (A0-33).

The lexicon is asked first; then what only the moment shows: prices against the one list, absences against the
schedule, words of the same sound, slips, and the replies before this one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from wxbot.quality.facts import ClinicFacts, SpokenContext, SpokenRules
from wxbot.quality.homophones import Homophones
from wxbot.quality.matching import Matcher
from wxbot.quality.models import Circumstance, Entry, Finding, Severity
from wxbot.quality.price_guard import price_findings
from wxbot.quality.reply_habits import SHIFT_END, Habits, habit_findings, latest
from wxbot.quality.slips import slips
from wxbot.quality.urgency import absences, urgency_findings

CARE, SERVICE = "care", "service"  # purposes of templates/models.py
INSULTS = "insults"  # the category of the lexicon whose words of a patient call for calm (A0-35)
URGENCY = "虚假紧迫"  # the label of entries that are fine when the schedule bears them out
UNSPEAKABLE = 3  # the grade from which a text calls for a colleague to take over when the patient is abusive
NOTHING = timedelta(0)
LONGEST = 4_000  # characters that are read; a reply holds far fewer (reference §4.2)

CALM = "我非常理解您的心情。为了帮您解决问题，请您慢慢说，好吗？我会尽力帮您。"  # A2-27
CALM_WORDS = "患者情绪激动：先停一停，用这句话，或请同事接手（A0-35、A2-27）"


class SpokenCheck:
    """Pure and quick: no database, no waiting. Safe to share; what is made of a clinic is kept while it is the same."""

    def __init__(self, lexicon: Sequence[Entry], rules: SpokenRules | None = None) -> None:
        """Raises PatternError (quality/patterns.py) for words that cannot be read."""
        self._matcher = Matcher(lexicon)
        self._insults = Matcher([entry for entry in lexicon if entry.category == INSULTS])
        self._fillers = Matcher([entry for entry in lexicon if entry.whole and entry.label == "敷衍"])
        self.rules = rules or SpokenRules()
        self._made: tuple[ClinicFacts | None, Homophones] = (None, self._homophones(ClinicFacts()))

    def findings(self, text: str, context: SpokenContext) -> tuple[Finding, ...]:
        """What stands against `text`, the most serious first, then in reading order; each place told once."""
        found = list(self._all(text[:LONGEST], context))
        if self._angry(context):
            found = [_calmed(each, text) for each in found]
        found.sort(key=lambda each: (-each.severity.weight, each.start, each.end))
        kept: list[Finding] = []
        for each in found:
            if not any(
                other.label == each.label and other.start <= each.start and each.end <= other.end for other in kept
            ):
                kept.append(each)
        return tuple(kept)

    def _all(self, text: str, context: SpokenContext) -> Iterator[Finding]:
        today = context.at.date()
        true_claims = [(start, end) for start, end, true in absences(text, context.clinic.doctors, today) if true]
        purpose = CARE if context.follow_up else SERVICE
        told = self._matcher.findings(
            text, purpose=purpose, lock_screen=False, circumstances=self._circumstances(context)
        )
        for each in told:
            if each.label == URGENCY and any(each.start < end and start < each.end for start, end in true_claims):
                continue
            yield each
        yield from price_findings(
            text, context.clinic, patient_words=context.patient_words, today=today, role=context.role
        )
        yield from urgency_findings(text, context.clinic.doctors, today)
        yield from self._homophones_of(context.clinic).findings(text)
        yield from slips(text, self.rules.open_ended)
        yield from habit_findings(text, context, self.rules, self._habits(text, context))

    def _circumstances(self, context: SpokenContext) -> frozenset[str]:
        today = context.at.date()
        true = {Circumstance.FOLLOW_UP if context.follow_up else Circumstance.CHAT}
        if context.shift_ends_in is not None and NOTHING <= context.shift_ends_in <= SHIFT_END:
            true.add(Circumstance.SHIFT_END)
        if context.transfer_in_same_turn:
            true.add(Circumstance.TRANSFER)
        if any(offer.first <= today <= offer.last for offer in self.rules.offers):
            true.add(Circumstance.OFFER)
        return frozenset(each.value for each in true)

    def _angry(self, context: SpokenContext) -> bool:
        return any(
            self._insults.findings(words, purpose=SERVICE, lock_screen=False) for words in context.patient_words[-3:]
        )

    def _habits(self, text: str, context: SpokenContext) -> Habits:
        replies = (*latest(context.agent_replies), text)
        fillers = sum(bool(self._fillers.findings(each, purpose=SERVICE, lock_screen=False)) for each in replies)
        return Habits(fillers, len(replies))

    def _homophones_of(self, clinic: ClinicFacts) -> Homophones:
        known, made = self._made
        if known is not clinic:
            made = self._homophones(clinic)
            self._made = (clinic, made)
        return made

    def _homophones(self, clinic: ClinicFacts) -> Homophones:
        words = {*self.rules.words, *(name for price in clinic.prices for name in price.names)}
        words.update(doctor.name for doctor in clinic.doctors)
        return Homophones(words, self.rules.confusions)


def _calmed(finding: Finding, text: str) -> Finding:
    """The same with the sentence for a patient who is beside themselves."""
    if finding.grade < UNSPEAKABLE or finding.severity is not Severity.BLOCK:
        return finding
    return replace(finding, instead=CALM_WORDS, replacement=CALM, replace_start=0, replace_end=len(text))
