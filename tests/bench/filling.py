"""What a part needs to find in the database, written by the rooms' own stores where they are quick enough."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient

from tests.encryption import KEYS
from wxbot.database import Database
from wxbot.history.models import ContactId
from wxbot.ids import new_id
from wxbot.messaging import Purpose
from wxbot.outbox.ledger import Action
from wxbot.outbox.models import Message
from wxbot.outbox.service import Outbox
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.patients.models import Contact
from wxbot.patients.stores.patients import PatientStore

from .account import openid

BATCH = 5_000
TEMPLATE = "fallback.thanks"  # a text without variables
SECONDS_EACH = 4_000_000  # between two lines of one person: 46 days, fifty lines in six years
LINES_PER_SEED = 1_000
PATIENT = "p"  # before a contact's id: the id of the patient they are


def patient(uri: str, name: str) -> Database:
    """A database whose calls may take minutes and are not repeated: the service's own give up after 20 s."""
    return Database(AsyncIOMotorClient(uri, retryReads=False), name)


async def contacts(database: Database, people: range, now: datetime) -> list[ContactId]:
    """Followers with those numbers; their contact ids."""
    store = PatientStore(database, KEYS)
    made = [
        Contact(
            id=ContactId(new_id(now)),
            openid=openid(number),
            alias=f"访客{number}",
            created_at=now,
            following=True,
            followed_at=now,
        )
        for number in people
    ]
    for start in range(0, len(made), BATCH):
        await store.contacts.create(made[start : start + BATCH])
    return [contact.id for contact in made]


async def ids_of(database: Database, people: int) -> list[ContactId]:
    """The contact ids of the first so many people, in the order of their numbers."""
    rows = database.collection("contacts").find({"openid": {"$lt": openid(people)}}, {"_id": 1}).sort("openid", 1)
    return [ContactId(row["_id"]) async for row in rows]


async def open_rights(database: Database, ids: Sequence[ContactId], now: datetime) -> None:
    """Everybody wrote just now: five customer-service messages may be sent to each."""
    store = OutboxStore(database).rights
    for start in range(0, len(ids), BATCH):
        await asyncio.gather(*(store.note(each, Action.MESSAGE, now) for each in ids[start : start + BATCH]))


async def due_messages(
    database: Database, ids: Sequence[ContactId], now: datetime, due_at: datetime, batch: str
) -> list[Message]:
    """One message to each, all due at the same moment."""
    messages = [
        Outbox.message(
            key=f"bench:{batch}:{contact_id}",
            contact_id=contact_id,
            purpose=Purpose.SERVICE,
            template=TEMPLATE,
            now=now,
            due_at=due_at,
            expires_at=due_at + timedelta(hours=1),
        )
        for contact_id in ids
    ]
    store = OutboxStore(database)
    for start in range(0, len(messages), BATCH):
        await store.insert(messages[start : start + BATCH])
    return messages


async def past(database: Database, count: int, people: int, now: datetime) -> None:
    """`count` lines of transcript spread over `people` contacts and their patients, multiplied inside the server.

    Written into the empty collection before it has indexes: those are built once, at the end, by the caller.
    """
    ids = await ids_of(database, people)
    each = min(LINES_PER_SEED, count)
    seeds = count // each
    rows = [
        {
            "_id": seed,
            # a line's contact is (seed * each + line) modulo people: each seed holds its own stretch of them
            "contacts": [ids[(seed * each + line) % len(ids)] for line in range(each)],
        }
        for seed in range(seeds)
    ]
    source = database.collection("bench_seeds")
    for start in range(0, seeds, 500):
        await source.insert_many(rows[start : start + 500])
    number = {"$add": [{"$multiply": ["$_id", each]}, "$line"]}
    millis = {"$toLong": {"$multiply": [number, -1000 * SECONDS_EACH / len(ids)]}}
    asked = {"$eq": [{"$mod": [{"$floor": {"$divide": [number, len(ids)]}}, 2]}, 0]}  # everybody asks and is answered
    line = {
        "_id": {"$concat": ["m:past:", {"$toString": number}]},
        "at": {"$add": [now, millis]},
        "kind": {"$cond": [asked, "message:received", "message:sent"]},
        "direction": {"$cond": [asked, "in", "out"]},
        "contact_id": "$contacts",
        "patient_id": {"$concat": [PATIENT, "$contacts"]},
        "by": {"$cond": [asked, "patient", "bot"]},
        "text": {"$literal": "您好，请问下周三下午还可以约洗牙吗？大概需要多长时间，可以刷医保吗？"},
        "payload": {"$literal": {"type": "text"}},
        "ref": {"$literal": None},
    }
    pipeline: list[dict[str, Any]] = [
        {"$unwind": {"path": "$contacts", "includeArrayIndex": "line"}},
        {"$replaceWith": line},
        {"$out": "interactions"},
    ]
    await source.aggregate(pipeline, allowDiskUse=True).to_list(None)
    await source.drop()
