"""Free hours of a large clinic, and bookings a second beside the bare write that makes them safe."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

from tests.bookings import JOINT, LASER, XRAY, doctor, open_booking
from wxbot.actors import PATIENT
from wxbot.booking.claims import Claim
from wxbot.booking.models import Booker
from wxbot.booking.service import Booking
from wxbot.booking.stores.occupancy import OCCUPANCY, rows_of
from wxbot.booking.stores.reading import APPOINTMENTS
from wxbot.booking.ticks import practitioner_resource, room_resource, ticks
from wxbot.clinic.models import Block, Clinic, PractitionerId, Room, RoomId, VisitType, Weekday
from wxbot.database import Database, DuplicateKeyError, Session
from wxbot.errors import SlotTakenError
from wxbot.history.models import ContactId, PatientId
from wxbot.history.store import NAME as LINES

from .figures import Figure, median_of
from .processes import our_seconds
from .stage import Stage

SEED = 20261124
TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)  # midnight at the clinic: the whole day lies ahead
PRACTITIONERS, ROOMS, DAYS, LOAD = 50, 20, 90, 0.8
PAGE_PRACTITIONERS, MONTH = 20, 30
VIEWS = 40  # of each kind
IN_FLIGHT = 64
SPREAD, CONTENDERS = 800, 4  # bookings of a round; people who want the same hour
ROUNDS = 5


def clinic(practitioners: int, rooms: int = ROOMS) -> Clinic:
    """Doctors who receive from nine to five; what is done needs one of the shared rooms."""
    hours = tuple(
        Block(day=day, start=start, end=end)
        for day in Weekday
        for start, end in ((datetime(1, 1, 1, 9).time(), datetime(1, 1, 1, 17).time()),)  # noqa: DTZ001 - a clock
    )
    return replace(
        JOINT,
        visit_types=(
            VisitType(id=XRAY, name="治疗", minutes=30, room_kind="治疗室"),
            VisitType(id=LASER, name="咨询", minutes=30),
        ),
        practitioners=tuple(
            replace(doctor(PractitionerId(f"p{number}")), hours=hours) for number in range(practitioners)
        ),
        rooms=tuple(Room(id=RoomId(f"r{number}"), name=f"{number}室", kinds=("治疗室",)) for number in range(rooms)),
        devices=(),
        horizon_days=MONTH,
        closed_on_statutory_holidays=False,
    )


async def measure(stage: Stage) -> list[Figure]:
    """Looks at a clinic that is four fifths full; then bookings into an empty one."""
    full = Database.connect(stage.mongo_uri, "bench_full")
    empty = Database.connect(stage.mongo_uri, "bench_diary")
    try:
        stage.say("booking: filling the diaries")
        await _fill(full)
        return [*await _looks(stage, full), *await _bookings(stage, empty)]
    finally:
        for database in (full, empty):
            await database.client.drop_database(database.name)
            database.close()


async def _fill(database: Database) -> None:
    """Four fifths of all half hours of every doctor and every room are claimed."""
    await open_booking(database)
    chance, owners = random.Random(SEED), count()
    resources = [
        *(practitioner_resource(PractitionerId(f"p{number}")) for number in range(PRACTITIONERS)),
        *(room_resource(f"r{number}") for number in range(ROOMS)),
    ]
    for day in range(DAYS + 1):
        nine = NOW + timedelta(days=day, hours=9)
        claims = [
            Claim(resource, ticks(nine + timedelta(minutes=30 * half), nine + timedelta(minutes=30 * (half + 1))))
            for resource in resources
            for half in range(16)
            if chance.random() < LOAD
        ]
        rows = [row for claim in claims for row in rows_of(str(next(owners)), claim)]
        await database.collection(OCCUPANCY).insert_many(rows, ordered=False)


async def _looks(stage: Stage, database: Database) -> list[Figure]:
    stage.say("booking: looking for free hours")
    whole, half = await open_booking(database, clinic(50)), await open_booking(database, clinic(25))
    page = await open_booking(database, clinic(PAGE_PRACTITIONERS))

    def first(booking: Booking) -> Callable[[], Awaitable[object]]:
        return lambda: booking.next_free(XRAY, None, NOW, NOW, count=10)

    def until(booking: Booking, days: int) -> Callable[[], Awaitable[object]]:
        last = TODAY + timedelta(days=days - 1)
        return lambda: booking.days(XRAY, None, NOW, booker=Booker.STAFF, until=last)

    looks = {
        "first": first(whole),
        "month": until(whole, MONTH),
        "half the people": until(half, MONTH),
        "half the days": until(whole, MONTH // 2),
        "page": until(page, DAYS),
    }
    took: dict[str, list[float]] = {name: [] for name in looks}
    for turn in range(VIEWS + 2):  # two that warm up what is kept
        for name, look in looks.items():
            began = time.perf_counter()
            await look()
            if turn > 1:
                took[name].append((time.perf_counter() - began) * 1000)
    p95 = {name: sorted(each)[int(len(each) * 0.95)] for name, each in took.items()}
    middle = {name: sorted(each)[len(each) // 2] for name, each in took.items()}
    what = f"{PRACTITIONERS} doctors, {ROOMS} rooms, {LOAD:.0%} full"
    return [
        Figure(name="first ten free hours, p95", value=p95["first"], unit="ms", goal=50, at_least=False, note=what),
        Figure(name="free hours of each of 30 days, p95", value=p95["month"], unit="ms", note=what),
        Figure(
            name="twice the doctors ÷ once",
            value=middle["month"] / middle["half the people"],
            unit="×",
            goal=2.2,
            at_least=False,
        ),
        Figure(
            name="twice the days ÷ once",
            value=middle["month"] / middle["half the days"],
            unit="×",
            goal=2.2,
            at_least=False,
        ),
        Figure(name="20 doctors × 90 days, p95", value=p95["page"], unit="ms", goal=150, at_least=False),
    ]


# -- bookings a second ----------------------------------------------------------------------------------------------


async def _bookings(stage: Stage, database: Database) -> list[Figure]:
    booking = await open_booking(database, clinic(PRACTITIONERS))
    bare = database.collection("bare")
    await bare.create_index([("resource", 1), ("tick", 1)], unique=True)
    numbers, places = count(), iter(_places())
    bare_rates, spread_rates, contended_rates, lone_rates = list[float](), list[float](), list[float](), list[float]()
    machine: list[float] = []
    for turn in range(ROUNDS + 1):
        stage.say(f"booking: round {turn}" if turn else "booking: warming up")

        async def insert() -> bool:
            try:
                await bare.insert_one({"resource": "practitioner:p1", "tick": next(numbers), "appointment_id": "x"})
            except DuplicateKeyError:
                return False
            return True

        async def insert_in_transaction() -> bool:
            row = {"resource": "practitioner:p1", "tick": next(numbers), "appointment_id": "x"}

            async def work(session: Session) -> None:
                await bare.insert_one(row, session=session)

            await database.in_transaction(work)
            return True

        spread = [next(places) for _ in range(SPREAD)]
        wanted = [place for place in [next(places) for _ in range(SPREAD // CONTENDERS)] for _ in range(CONTENDERS)]
        used = [our_seconds(stage.mongo_pid)]
        rates = [await _rate([insert for _ in range(SPREAD)])]
        used.append(our_seconds(stage.mongo_pid))
        rates.append(await _rate([_booker(booking, place, next(numbers)) for place in spread]))
        used.append(our_seconds(stage.mongo_pid))
        rates.append(await _rate([_booker(booking, place, next(numbers)) for place in wanted], finished=SPREAD))
        rates.append(await _rate([insert_in_transaction for _ in range(SPREAD // 4)]))
        if turn:
            machine.append((used[1] - used[0]) / (used[2] - used[1]))
            for kept, rate in zip((bare_rates, spread_rates, contended_rates, lone_rates), rates, strict=True):
                kept.append(rate)
    ratios = [each / of for each, of in zip(spread_rates, bare_rates, strict=True)]
    contended = [each / of for each, of in zip(contended_rates, bare_rates, strict=True)]
    lone = [each / of for each, of in zip(spread_rates, lone_rates, strict=True)]
    written = [await database.collection(name).count_documents({}) for name in (APPOINTMENTS, OCCUPANCY, LINES)]
    documents = sum(written) / written[0]
    return [
        median_of("a bare unique insert", bare_rates, unit="/s", note=f"{IN_FLIGHT} in flight, journaled"),
        median_of("bookings, spread over hours", spread_rates, unit="/s"),
        median_of("÷ bare insert", ratios, unit="%", goal=0.6),
        median_of(
            "documents written ÷ those of bare inserts",
            [each * documents for each in ratios],
            unit="×",
            note=f"{documents:.0f} a booking",
        ),
        median_of("÷ one insert in a transaction", lone, unit="×", note="the same durability and atomicity"),
        median_of(
            "processor time, bare insert ÷ booking", machine, unit="%", note="service and mongod; whoever else works"
        ),
        median_of("requests, four for each hour", contended_rates, unit="/s", note="one books, three hear others"),
        median_of("÷ bare insert", contended, unit="%"),
    ]


def _places() -> Sequence[tuple[PractitionerId, datetime]]:
    """Hours that nobody wanted yet, all over the month and the doctors."""
    every = [
        (PractitionerId(f"p{number}"), NOW + timedelta(days=day, hours=9, minutes=30 * half))
        for day in range(MONTH)
        for number in range(PRACTITIONERS)
        for half in range(16)
    ]
    random.Random(SEED).shuffle(every)
    return every


def _booker(booking: Booking, place: tuple[PractitionerId, datetime], number: int) -> Callable[[], Awaitable[bool]]:
    """One request to book that place, at half past midnight before all of them."""

    async def book() -> bool:
        try:
            await booking.book(
                request_key=f"b{number}",
                contact_id=ContactId(f"c{number}"),
                patient_id=PatientId(f"p{number}"),
                visit_type_id=LASER,
                practitioner_id=place[0],
                start=place[1],
                by=PATIENT,
                now=NOW,
            )
        except SlotTakenError:
            return False
        return True

    return book


async def _rate(work: Sequence[Callable[[], Awaitable[bool]]], *, finished: int | None = None) -> float:
    """How many a second, so many at a time."""
    left = iter(work)

    async def one_after_the_other() -> None:
        for each in left:
            await each()

    began = time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(IN_FLIGHT)))
    return (finished or len(work)) / (time.perf_counter() - began)
