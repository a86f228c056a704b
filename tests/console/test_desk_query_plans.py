"""Every read of the desk goes by an index and looks at little more than it shows, among many episodes and messages."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import pytest

from tests.bench import crowd, desk_crowd, filling
from tests.console.conftest import Clinic
from tests.console.test_query_plans import CROWD, LINES, Watched, watched
from tests.desks import A
from wxbot.conversations.reading.lists import ListName
from wxbot.conversations.reading.stores import search
from wxbot.history.models import ContactId
from wxbot.services import Services

__all__ = ["watched"]

OPEN = 60  # episodes; more than a page


def reads(services: Services, contact: ContactId, now: Any) -> Mapping[str, Callable[[], Awaitable[Any]]]:
    """Everything that the desk shows."""
    lists, found = services.chat.lists, services.chat.search
    return {
        **{name.value: partial(lists.rows, name, by=A, now=now) for name in ListName},
        "counts": lambda: lists.counts(by=A),
        "row": lambda: lists.row(contact, by=A, now=now),
        "thread": lambda: lists.thread(contact, by=A),
        "search": lambda: found.find("补牙", by=A, now=now),
        "two words": lambda: found.find("补牙 下午", by=A, now=now),
        "name": lambda: found.find("王", by=A, now=now),
    }


async def test_nothing_the_desk_shows_reads_more_than_it_needs(clinic: Clinic, watched: Watched) -> None:
    database, now = clinic.app.database, clinic.now
    await filling.contacts(database, range(CROWD), now)
    ids = await filling.ids_of(database, CROWD)
    await crowd.records(database, ids, now, clinic.app.encryption.keys)
    await desk_crowd.messages(database, LINES, ids, now)
    await desk_crowd.index(database, now)
    await desk_crowd.episodes(database, ids, now, open_ones=OPEN, closed=20 * CROWD, owner=A.id)
    found = []
    for name, read in reads(clinic.app.services, ids[0], now).items():
        await watched.start()
        shown = await read()
        await watched.stop()
        assert shown, f"{name} shows nothing"
        found += [f"{name}: {each}" for each in (*await watched.scans(), *await watched.waste())]
    assert "\n".join(each for each in found if not bounded(each)) == ""


def bounded(told: str) -> bool:
    """Whether it is read whole on purpose, or looked through by its index to the search's own limit."""
    _, collection, looked, *_ = told.split(": ")
    if collection == search.NAME and "IXSCAN { grams: 1, at: -1 }" in told:
        return int(looked.split()[0]) <= search.MOST_LOOKED_AT
    return collection in desk_crowd.SMALL


@pytest.mark.parametrize("name", list(ListName))
async def test_a_page_behind_a_row_is_found_by_its_index_too(clinic: Clinic, watched: Watched, name: ListName) -> None:
    database, now, lists = clinic.app.database, clinic.now, clinic.app.services.chat.lists
    await filling.contacts(database, range(CROWD), now)
    ids = await filling.ids_of(database, CROWD)
    await desk_crowd.episodes(database, ids, now, open_ones=OPEN * 3, closed=20 * CROWD, owner=A.id)
    first = await lists.rows(name, by=A, now=now)
    await watched.start()
    await lists.rows(name, by=A, now=now, after=first[-1].cursor)
    await watched.stop()
    found = [f"{name}: {each}" for each in (*await watched.scans(), *await watched.waste())]
    assert "\n".join(each for each in found if not bounded(each)) == ""
