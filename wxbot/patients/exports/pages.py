"""Goes through the patients of a selection in portions, each by an index."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from wxbot.errors import InvalidInputError
from wxbot.patients import phones
from wxbot.patients.exports.models import Scope, Selection
from wxbot.patients.models import Patient
from wxbot.patients.stores.finding import Cursor
from wxbot.patients.stores.patients import PatientStore

LAST_DAY = date(9999, 12, 30)  # the midnight after it is the last that exists in every time zone
PORTION = 500  # patients a round trip


async def portions(store: PatientStore, selection: Selection, zone: tzinfo) -> AsyncIterator[list[Patient]]:
    """The patients, newest first, without duplicates that were merged."""
    if selection.scope is Scope.LIST:
        async for portion in _listed(store, selection.numbers):
            yield portion
        return
    start, after = _span(selection, zone)
    while True:
        if selection.scope is Scope.TAG:
            found = await store.finding.with_tag(selection.tag, after, PORTION)
        else:
            found = await store.finding.newest(after, PORTION)
        wanted = [each for each in found if each.merged_into is None and (start is None or each.created_at >= start)]
        if wanted:
            yield wanted
        if len(found) < PORTION or (start is not None and found[-1].created_at < start):
            return
        after = Cursor(at=found[-1].created_at, id=found[-1].id)


async def _listed(store: PatientStore, numbers: Sequence[str]) -> AsyncIterator[list[Patient]]:
    seen: set[str] = set()
    for start in range(0, len(numbers), PORTION):
        part = numbers[start : start + PORTION]
        found = [*await store.by_phones(_phones(part)), *await store.by_record_numbers(part)]
        merged = {patient.id for patient in found if patient.merged_into is not None}
        living = [patient for patient in found if patient.id not in merged]
        living += (await store.living(merged)).values() if merged else []
        fresh = {patient.id: patient for patient in living if patient.id not in seen}
        seen.update(fresh)
        if fresh:
            yield list(fresh.values())


def _phones(numbers: Sequence[str]) -> list[str]:
    found = []
    for number in numbers:
        try:
            found.append(phones.parse(number))
        except InvalidInputError:
            continue  # a record number
    return found


def _span(selection: Selection, zone: tzinfo) -> tuple[datetime | None, Cursor | None]:
    """From which moment on, and behind which place the newest-first list begins."""
    if selection.scope is not Scope.CREATED:
        return None, None
    start = datetime.combine(date.fromisoformat(selection.first_day), time(0), zone)
    last = min(date.fromisoformat(selection.last_day), LAST_DAY)
    end = datetime.combine(last + timedelta(days=1), time(0), zone)
    return start, Cursor(at=end, id="")
