"""What a patient's word on messages means: pure changes to the list of consents."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from wxbot.patients.models import MESSAGE_TOPICS, Consent, ConsentTopic, Contact

FOLLOWING_CARE = (ConsentTopic.FESTIVAL, ConsentTopic.SURVEY)  # stopped with care, where no word of their own stands


def with_consent(consents: Sequence[Consent], new: Consent) -> tuple[Consent, ...]:
    """The consents with the latest word on one topic in place of the earlier one."""
    return (*(consent for consent in consents if consent.topic is not new.topic), new)


def stopped(consents: Sequence[Consent], now: datetime, source: str, wording: str) -> tuple[Consent, ...]:
    """Care and marketing off, and what else of our own accord was asked for. What was on is remembered as paused."""
    before = {consent.topic: consent for consent in consents}
    for topic in (*MESSAGE_TOPICS, *(each for each in FOLLOWING_CARE if each in before)):
        old = before.get(topic)
        was_on = old is not None and (old.granted or old.paused)
        consents = with_consent(
            consents, Consent(topic=topic, granted=False, at=now, source=source, wording=wording, paused=was_on)
        )
    return tuple(consents)


def stopped_only(
    contact: Contact, topics: Sequence[ConsentTopic], now: datetime, source: str, wording: str
) -> tuple[Consent, ...]:
    """These topics off and no other. What was on, by a word or by itself, is remembered as paused."""
    consents: Sequence[Consent] = contact.consents
    for topic in topics:
        rested = any(each.topic is topic and each.paused for each in consents)
        paused = contact.receives(topic) or rested
        off = Consent(topic=topic, granted=False, at=now, source=source, wording=wording, paused=paused)
        consents = with_consent(consents, off)
    return tuple(consents)


def resumed(consents: Sequence[Consent], now: datetime, source: str, wording: str) -> tuple[Consent, ...]:
    """Care on; another topic only where it had been on before the stop: resuming is not a new yes to advertising."""
    for consent in consents:
        if consent.topic is not ConsentTopic.CARE and consent.paused:
            again = replace(consent, granted=True, paused=False, at=now, source=source, wording=wording)
            consents = with_consent(consents, again)
    care = Consent(topic=ConsentTopic.CARE, granted=True, at=now, source=source, wording=wording)
    return with_consent(consents, care)


DOUBTFUL = "consent.doubtful"  # the wording by which is asked whether a stop was meant


def withheld(consents: Sequence[Consent], now: datetime, source: str, wording: str) -> tuple[Consent, ...]:
    """Marketing off while it is asked whether a stop was meant; what was on is remembered as paused."""
    marketing = ConsentTopic.MARKETING
    was_on = any(each.topic is marketing and (each.granted or each.paused) for each in consents)
    off = Consent(topic=marketing, granted=False, at=now, source=source, wording=wording, paused=was_on)
    return with_consent(consents, off)


def kept_on(consents: Sequence[Consent], now: datetime, source: str, wording: str) -> tuple[Consent, ...]:
    """No stop was meant: what was withheld is as before. Care stays what it is."""
    for consent in consents:
        asked = consent.wording.partition("@")[0] == DOUBTFUL
        if consent.topic is ConsentTopic.MARKETING and consent.paused and asked:
            again = replace(consent, granted=True, paused=False, at=now, source=source, wording=wording)
            return with_consent(consents, again)
    return tuple(consents)


def changes(before: Sequence[Consent], after: Sequence[Consent]) -> tuple[Consent, ...]:
    """The consents that were set between two states, also where the answer is the same."""
    return tuple(consent for consent in after if consent not in before)
