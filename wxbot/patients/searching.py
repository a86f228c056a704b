"""Whom a search finds: patients by name, pinyin, telephone tail or record number, contacts by alias."""

from collections.abc import Sequence
from dataclasses import dataclass

from wxbot.history.models import PatientId
from wxbot.patients.models import Contact, Patient
from wxbot.patients.search_keys import plain, tails_of, too_wide
from wxbot.patients.stores.finding import FindingStore

MOST_FOUND = 20  # shown under the search box; who is not among them needs one more letter
_ALIAS = "访客·"


@dataclass(frozen=True)
class Matches:
    """At most MOST_FOUND patients, best first; `more` when there are others. Contacts that are not erased."""

    patients: Sequence[Patient]
    contacts: tuple[Contact, ...]
    more: bool


async def matches(finding: FindingStore, words: Sequence[Sequence[str]], query: str) -> Matches | None:
    """Who fits `words` (`prefixes_of` the query); None when that says too little or takes too long."""
    found = None if too_wide(words) else await _patients(finding, words, plain(query))
    if found is None:
        return None
    contacts = await finding.by_alias(_ALIAS + query.strip().removeprefix(_ALIAS), MOST_FOUND)
    return Matches(
        found[:MOST_FOUND], tuple(each for each in contacts if each.erased_at is None), len(found) > MOST_FOUND
    )


async def _patients(finding: FindingStore, words: Sequence[Sequence[str]], spoken: str) -> list[Patient] | None:
    """Whose telephone ends so first, then the others by name; None when it takes too long.

    Record numbers are full of the same digits: among many patients they would leave no room for the telephone.
    """
    found: dict[PatientId, Patient] = {}
    for ways in (tails_of(words), words):
        if not ways or len(found) > MOST_FOUND:
            continue
        portion = await finding.search(ways, MOST_FOUND + 1)
        if portion is None:
            return None
        portion.sort(key=lambda each: (plain(each.name or "") != spoken, each.name or "", each.id))
        for each in portion:
            found.setdefault(each.id, each)
    return list(found.values())
