"""Staff's lists of patients: newest first, by tag, by what was noted, by birthday month. Pages of 50 with a cursor."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial

from wxbot.actors import Actor
from wxbot.days import DayError, moment_of
from wxbot.history.models import PatientId
from wxbot.patients.birthdays import FebruaryRule
from wxbot.patients.holds import standing
from wxbot.patients.models import Contact, HoldKind, Patient
from wxbot.patients.ports import Expected, LiveClinicZone
from wxbot.patients.records import PatientRecords
from wxbot.patients.selecting import Selecting, counting
from wxbot.patients.stores.finding import Cursor
from wxbot.patients.stores.patients import PatientStore
from wxbot.patients.views import Card

PAGE = 50  # rows of one page
MOST_LOOKED_AT = 500  # records read for one page of a filter that no index can answer; then the reader asks on
MONTHS = frozenset(str(month) for month in range(1, 13))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class By(StrEnum):
    """What a list is narrowed to."""

    ALL = "all"
    TAG = "tag"
    HOLD = "hold"  # messages rest, for any reason but an objection
    OBJECTION = "objection"  # unhappy with a result
    BIRTHDAY = "birthday"  # birthday in a month
    NO_NEXT = "no-next"  # nothing booked


OBJECTING = frozenset({HoldKind.OBJECTION})
RESTING = frozenset(HoldKind) - OBJECTING
HELD = {By.HOLD: RESTING, By.OBJECTION: OBJECTING}


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of a list. `next` is the cursor of the next one, empty at the end."""

    cards: tuple[Card, ...] = ()
    contacts: tuple[Contact, ...] = ()
    next: str = ""


class PatientLists:
    """Lists for the console."""

    def __init__(
        self,
        store: PatientStore,
        *,
        records: PatientRecords,
        expected: Expected,
        clinics: LiveClinicZone,
        feb29: FebruaryRule = "02-28",
    ) -> None:
        self._finding = store.finding
        self._records = records
        self._expected = expected
        self._clinics = clinics
        self._selecting = Selecting(store, feb29)

    async def page(self, narrowed: By, value: str, after: str, *, by: Actor, now: datetime) -> Page:
        """A page of at most 50. `value` is the tag, or the month 1 to 12; `after` the cursor of the page before."""
        by.must("patients:patient:read")
        start = _read(after)
        if narrowed is By.NO_NEXT:
            return await self._without_next(start, now)
        read, moment = self._reader(narrowed, value, now)
        found = await read(start, PAGE + 1)
        shown = found[:PAGE]
        today = now.astimezone(self._clinics.current.timezone).date()
        if narrowed is By.TAG:
            kept = [each for each in shown if any(tag.name == value for tag in counting(each.tags, today))]
        elif narrowed in HELD:
            kept = [each for each in shown if any(it.kind in HELD[narrowed] for it in standing(each.holds, now))]
        else:
            kept = shown
        onwards = _written(moment(shown[-1]), shown[-1].id) if len(found) > PAGE else ""
        return Page(cards=tuple(await self._records.cards(kept, now)), next=onwards)

    async def newcomers(self, after: str, *, by: Actor) -> Page:
        """Contacts of whom there is no record yet, the newest first."""
        by.must("patients:patient:read")
        found = await self._finding.newcomers(_read(after), PAGE + 1)
        shown = found[:PAGE]
        onwards = _written(shown[-1].created_at, shown[-1].id) if len(found) > PAGE else ""
        return Page(contacts=tuple(each for each in shown if each.erased_at is None), next=onwards)

    def _reader(
        self, narrowed: By, value: str, now: datetime
    ) -> tuple[Callable[[Cursor | None, int], Awaitable[list[Patient]]], Callable[[Patient], datetime]]:
        """How to read that list, and the moment it is ordered by."""
        if narrowed is By.TAG:
            return lambda after, limit: self._finding.with_tag(value, after, limit), _created
        if narrowed is By.BIRTHDAY:
            today = now.astimezone(self._clinics.current.timezone)
            month = int(value) if value in MONTHS else today.month
            keys = self._selecting.keys_of_month(today.year, month)
            return lambda after, limit: self._finding.with_birthday(keys, after, limit), _created
        if narrowed is By.HOLD:
            return partial(self._finding.held, RESTING), _held
        if narrowed is By.OBJECTION:
            return partial(self._finding.held, OBJECTING), _held
        return self._finding.newest, _created

    async def _without_next(self, after: Cursor | None, now: datetime) -> Page:
        """Who has nothing booked, among the newest records; after 500 of them the reader asks on."""
        kept: list[Patient] = []
        for _ in range(MOST_LOOKED_AT // PAGE):
            portion = await self._finding.newest(after, PAGE)
            booked = await self._expected.expected([PatientId(each.id) for each in portion], now)
            for each in portion:
                after = Cursor(each.created_at, each.id)
                if each.id not in booked:
                    kept.append(each)
                if len(kept) == PAGE:
                    break
            if len(portion) < PAGE and len(kept) < PAGE:
                after = None
            if after is None or len(kept) == PAGE:
                break
        onwards = "" if after is None else _written(after.at, after.id)
        return Page(cards=tuple(await self._records.cards(kept, now)), next=onwards)


def _held(patient: Patient) -> datetime:
    return patient.held_at or EPOCH


def _created(patient: Patient) -> datetime:
    return patient.created_at


def _written(at: datetime, last_id: str) -> str:
    return f"{round((at - EPOCH).total_seconds() * 1000)}-{last_id}"


def _read(text: str) -> Cursor | None:
    """A cursor from an address; one that somebody made up starts from the beginning."""
    moment, _, last_id = text.partition("-")
    if not moment.isdecimal() or len(moment) > len("253402300799000") or not last_id:
        return None
    try:
        return Cursor(moment_of(int(moment) / 1000), last_id)
    except DayError:
        return None
