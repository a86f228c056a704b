"""What the desk shows: the lists on the left, the thread in the middle, the patient on the right. Read only."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from wxbot.actors import Actor
from wxbot.conversations.episodes.assignment import LONG_AGO, seats_of
from wxbot.conversations.episodes.presence import Looking, Presence
from wxbot.conversations.episodes.waiting import AtTheDesk, WhyWaiting, tone_of
from wxbot.conversations.hours.clocks import DeskTime
from wxbot.conversations.hours.shifts import Shifts
from wxbot.conversations.models import Episode, EpisodeState
from wxbot.conversations.names import ContactNames
from wxbot.conversations.ports import StaffNames
from wxbot.conversations.reading.stores.lists import ListStore
from wxbot.conversations.reading.threads import Thread, Threads
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.states import READ
from wxbot.conversations.store import EpisodeStore, Place
from wxbot.history.models import ContactId
from wxbot.labels import LabelledEnum
from wxbot.staff.models import AccountId

__all__ = ["ON_A_PAGE", "DeskLists", "ListName", "Row", "Thread", "WhyWaiting"]

ON_A_PAGE = 50
MOST_OWNED = 200  # that 我的 shows of one person; capacities are below twenty
MOST_COUNTED = 99
LATELY = timedelta(days=7)  # how long 全部 shows what was closed
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"(?P<priority>\d)\.(?P<at>\d{1,14})\.(?P<id>.{1,200})", re.ASCII)


class ListName(LabelledEnum):
    """The four lists."""

    WAITING = ("waiting", "待回复")  # longest wait first within a class
    MINE = ("mine", "我的")  # who waits longest first
    ALL = ("all", "全部")  # open ones and what was closed lately, the latest words first
    LATER = ("later", "稍后")  # one's own, the next one first


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a list. `cursor` is what the page behind it is asked for with."""

    episode: Episode
    name: str
    why: WhyWaiting | None
    waited_seconds: int  # business time since `waiting_since`; 0 while nobody waits
    tone: str  # "", "ring", "late": by DeskRules
    owner_name: str
    looking: tuple[Looking, ...]
    blocked: bool = False  # people do not talk with the contact at present
    cursor: str = ""


@dataclass(frozen=True, kw_only=True)
class Column:
    """The lists at one moment: the rows of the chosen one, who waits, what the reader answers, how many in each."""

    rows: Sequence[Row]
    waiting: Sequence[Row]
    mine: Sequence[Row]
    counts: Mapping[ListName, int]


class DeskLists:
    """Reads the lists. Every read is bounded, none counts beyond what is shown."""

    def __init__(  # noqa: PLR0913 - all keyword-only
        self,
        episodes: EpisodeStore,
        store: ListStore,
        *,
        threads: Threads,
        names: ContactNames,
        staff: StaffNames,
        presence: Presence,
        shifts: Shifts,
        times: DeskTime,
        rules: DeskRules,
    ) -> None:
        self._episodes = episodes
        self._store = store
        self._threads = threads
        self._names = names
        self._staff = staff
        self._presence = presence
        self._shifts = shifts
        self._times = times
        self._rules = rules

    async def rows(self, name: ListName, *, by: Actor, now: datetime, after: str = "") -> list[Row]:
        """A page of that list, behind the row with the cursor `after`."""
        by.must(READ)
        place = _place(after)
        if after and place is None:
            return []
        return await self._rows(name, await self._page(name, AccountId(by.id), now, place), now)

    async def column(self, name: ListName, *, by: Actor, now: datetime, after: str = "") -> Column:
        """What an open console reads again with every hint: each episode and each name once, however many lists."""
        by.must(READ)
        mine, place = AccountId(by.id), _place(after)
        waiting, owned, open_ones = await asyncio.gather(
            self._episodes.waiting(ON_A_PAGE),
            self._episodes.owned(mine, MOST_OWNED),
            self._store.count_open(MOST_COUNTED),
        )
        first = {ListName.WAITING: waiting, ListName.MINE: _answered(owned), ListName.LATER: _later(owned)}
        if after:
            shown = await self._page(name, mine, now, place) if place is not None else ()
        else:
            shown = first[name] if name in first else await self._page(name, mine, now, None)
        all_of_them = {each.id: each for each in (*waiting, *first[ListName.MINE], *shown)}
        rows = {row.episode.id: row for row in await self._rows(name, list(all_of_them.values()), now)}
        counts = {each: min(len(listed), MOST_COUNTED) for each, listed in first.items()}
        if len(waiting) == ON_A_PAGE:
            counts[ListName.WAITING] = await self._episodes.count(EpisodeState.WAITING, MOST_COUNTED)
        return Column(
            rows=[rows[each.id] for each in shown],
            waiting=[rows[each.id] for each in waiting],
            mine=[rows[each.id] for each in first[ListName.MINE]],
            counts={**counts, ListName.ALL: open_ones},
        )

    async def row(self, contact_id: ContactId, *, by: Actor, now: datetime) -> Row | None:
        """One contact's line, of their open or latest episode."""
        by.must(READ)
        found = await self._store.open_or_latest(contact_id)
        return None if found is None else (await self._rows(None, [found], now))[0]

    async def thread(self, contact_id: ContactId, *, by: Actor, before: str = "", after: str = "") -> Thread:
        """A page of the talk: the newest, what came before a cursor, or what came after a line's id."""
        return await self._threads.page(contact_id, by=by, before=before, after=after)

    async def counts(self, *, by: Actor) -> dict[ListName, int]:
        """How many are in each list, to 99; of 全部 those that are open."""
        by.must(READ)
        mine = AccountId(by.id)
        assigned, snoozed = EpisodeState.ASSIGNED, EpisodeState.SNOOZED
        found = await asyncio.gather(
            self._episodes.count(EpisodeState.WAITING, MOST_COUNTED),
            self._episodes.count(assigned, MOST_COUNTED, mine),
            self._store.count_open(MOST_COUNTED),
            self._episodes.count(snoozed, MOST_COUNTED, mine),
        )
        return dict(zip(ListName, found, strict=True))

    # -- pages of episodes -----------------------------------------------------------------------------------

    async def _page(self, name: ListName, mine: AccountId, now: datetime, after: Place | None) -> Sequence[Episode]:
        if name is ListName.WAITING:
            return await self._episodes.waiting(ON_A_PAGE, after)
        if name is ListName.ALL:
            return await self._all(now - LATELY, after)
        if after is not None:
            return ()
        owned = await self._episodes.owned(mine, MOST_OWNED)
        return _later(owned) if name is ListName.LATER else _answered(owned)

    async def _all(self, since: datetime, after: Place | None) -> list[Episode]:
        """One line per contact: a closed episode is left out where the contact has a newer one."""
        page: list[Episode] = []
        while after is None or after.at >= since:
            portion = await self._episodes.latest(since, ON_A_PAGE, after)
            newest = await self._store.newest({each.contact_id for each in portion if not each.is_open}, since)
            shown = [each for each in portion if each.is_open or newest.get(each.contact_id, _at(each)) == _at(each)]
            page += shown[: ON_A_PAGE - len(page)]
            if len(page) == ON_A_PAGE:
                return page
            if len(portion) < ON_A_PAGE:
                break
            after = Place(at=portion[-1].latest_at, id=portion[-1].id)
        return page + await self._store.open_before(since, ON_A_PAGE - len(page), after)

    # -- rows ------------------------------------------------------------------------------------------------

    async def _rows(self, name: ListName | None, episodes: Sequence[Episode], now: datetime) -> list[Row]:
        """Rows of many episodes: a fixed number of round trips, side by side."""
        if not episodes:
            return []
        contact_ids = list({each.contact_id for each in episodes})
        called, owners, looking, desk = await asyncio.gather(
            self._names.called(contact_ids, now),
            self._staff.names({each.owner for each in episodes if each.owner is not None}),
            self._presence.looking(contact_ids),
            self._at_the_desk(now) if any(each.state is EpisodeState.WAITING for each in episodes) else _nobody(),
        )
        time = self._times.current
        rows = []
        for each in episodes:
            waited = time.elapsed(each.waiting_since, now) if each.waiting_since is not None else timedelta(0)
            rows.append(
                Row(
                    episode=each,
                    name=called[each.contact_id].name,
                    why=desk.why(each, now, time),
                    waited_seconds=int(waited.total_seconds()),
                    tone=tone_of(each, waited, self._rules),
                    owner_name=owners.get(each.owner, "") if each.owner is not None else "",
                    looking=looking.get(each.contact_id, ()),
                    blocked=called[each.contact_id].blocked,
                    cursor=_written(_place_of(name, each)),
                )
            )
        return rows

    async def _at_the_desk(self, now: datetime) -> AtTheDesk:
        agents, efforts, weeks = await asyncio.gather(
            self._presence.agents(), self._episodes.efforts(), self._shifts.everybody()
        )
        here = [each for each in agents.values() if self._presence.alive(each)]
        on_duty = [each for each in here if self._shifts.open_to_new_chats(weeks.get(each.account_id, ()), now)]
        return AtTheDesk(here=here, seats=seats_of(on_duty, efforts, alive_since=LONG_AGO))


async def _nobody() -> AtTheDesk:
    return AtTheDesk()


def _answered(owned: Sequence[Episode]) -> list[Episode]:
    return sorted((each for each in owned if each.state is EpisodeState.ASSIGNED), key=_mine_first)


def _later(owned: Sequence[Episode]) -> list[Episode]:
    later = [each for each in owned if each.state is EpisodeState.SNOOZED]
    return sorted(later, key=lambda each: (each.snooze.until if each.snooze else _EPOCH, each.id))


def _mine_first(episode: Episode) -> tuple[bool, bool, float, str]:
    """What its owner pinned; who waits, the longest first; then the others, the latest words first."""
    pinned = episode.pinned_by is not None and episode.pinned_by == episode.owner
    waits = episode.waiting_since is not None
    moment = episode.waiting_since if episode.waiting_since is not None else episode.latest_at
    return (not pinned, not waits, moment.timestamp() if waits else -moment.timestamp(), episode.id)


def _at(episode: Episode) -> tuple[datetime, str]:
    return (episode.latest_at, str(episode.id))


def _place_of(name: ListName | None, episode: Episode) -> Place:
    """Where that list goes on behind the episode."""
    waits = name is ListName.WAITING and episode.waiting_since is not None
    at = episode.waiting_since if waits and episode.waiting_since is not None else episode.latest_at
    return Place(at=at, id=str(episode.id), priority=int(episode.priority))


def _written(place: Place) -> str:
    return f"{place.priority}.{round((place.at - _EPOCH).total_seconds() * 1000)}.{place.id}"


def _place(text: str) -> Place | None:
    """A cursor from an address; None for one that somebody made up."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        return None
    return Place(at=_EPOCH + timedelta(milliseconds=int(found["at"])), id=found["id"], priority=int(found["priority"]))
