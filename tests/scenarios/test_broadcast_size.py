"""A broadcast to as many people as one may have: its list is worked out beside everything else the process does."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.scenarios.conftest import Clinic
from tests.scenarios.outgoing import Post
from tests.scenarios.test_broadcasts import OTHER_MANAGER, WRITER, picked
from wxbot.broadcasts.models import MOST_RECIPIENTS, Audience, AudienceKind, Broadcast, BroadcastAction, BroadcastState
from wxbot.broadcasts.previewer import WITHIN_REQUEST
from wxbot.broadcasts.store import BroadcastStore
from wxbot.database import Mapper
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Contact, Patient, Tag
from wxbot.workflow import NotNowError

MANY = replace(picked(()), audience=Audience(kind=AudienceKind.TAG, tag="种植"), pace_per_hour=600)
LONGEST_BLOCK = 0.05  # of all that the event loop does for the list (0.01 was seen): a push waits no longer
FEW_TOO_MANY = WITHIN_REQUEST + 2


async def crowd(clinic: Clinic, people: int) -> None:
    """So many patients with the tag 种植, each with a contact of their own."""
    now = clinic.now
    like = await Post(clinic).contact(await clinic.person("样子"))
    tags = (Tag(name="种植", by="staff:1", at=now),)
    contacts, patients = [], []
    for number in range(people):
        contact_id, patient_id = ContactId(f"c{number:06}"), PatientId(f"p{number:06}")
        contacts.append(replace(like, id=contact_id, openid=f"o{number:06}", patient_ids=(patient_id,)))
        patients.append(Patient(id=patient_id, name=f"人{number}", created_at=now, contact_id=contact_id, tags=tags))
    database = clinic.app.database
    await database.collection("contacts").insert_many(await Mapper(Contact).documents(contacts))
    await database.collection("patients").insert_many(await Mapper(Patient).documents(patients))


@dataclass
class Loop:
    """Processor seconds of the event loop's steps: the longest one, and all together."""

    longest: float = 0.0
    total: float = 0.0


@asynccontextmanager
async def watched() -> AsyncIterator[Loop]:
    """Counts processor time: the machine may be busy with other things."""
    loop = Loop()

    async def watch() -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            step = time.thread_time() - before
            loop.longest = max(loop.longest, step)
            loop.total += step

    watching = asyncio.create_task(watch())
    try:
        yield loop
    finally:
        watching.cancel()


async def work_out(clinic: Clinic) -> None:
    await clinic.app.runner.run_now("preview_broadcasts")


async def asked(clinic: Clinic, people: int) -> Broadcast:
    """A broadcast to so many whose list was asked for."""
    await crowd(clinic, people)
    writing = clinic.app.services.broadcasts.drafts
    broadcast = await writing.create(MANY, by=WRITER, now=clinic.now)
    return await writing.preview(broadcast.id, by=WRITER, now=clinic.now)


async def found(clinic: Clinic, broadcast: Broadcast) -> Broadcast:
    return await clinic.app.services.broadcasts.find(broadcast.id, by=OTHER_MANAGER)


async def test_the_longest_list_is_worked_out_in_the_background_and_holds_nobody_up(clinic: Clinic) -> None:
    await crowd(clinic, MOST_RECIPIENTS)
    broadcasts = clinic.app.services.broadcasts
    broadcast = await broadcasts.drafts.create(MANY, by=WRITER, now=clinic.now)
    async with watched() as loop:
        broadcast = await broadcasts.drafts.preview(broadcast.id, by=WRITER, now=clinic.now)
        assert (broadcast.state, broadcast.preview, broadcast.preview_run is not None) == (
            BroadcastState.DRAFT,
            None,
            True,
        )
        await work_out(clinic)
    broadcast = await found(clinic, broadcast)
    assert broadcast.preview is not None
    assert (broadcast.state, broadcast.preview_run, broadcast.preview.people) == (
        BroadcastState.PREVIEWED,
        None,
        MOST_RECIPIENTS,
    )
    assert loop.longest < LONGEST_BLOCK * loop.total


async def test_a_list_that_a_request_can_work_out_is_there_at_once(clinic: Clinic) -> None:
    broadcast = await asked(clinic, 3)
    assert broadcast.preview is not None
    assert (broadcast.state, broadcast.preview_run, broadcast.preview.people) == (BroadcastState.PREVIEWED, None, 3)


async def test_asking_twice_begins_nothing_twice_and_nothing_is_submitted_meanwhile(clinic: Clinic) -> None:
    broadcast = await asked(clinic, FEW_TOO_MANY)
    writing = clinic.app.services.broadcasts.drafts
    again = await writing.preview(broadcast.id, by=WRITER, now=clinic.now)
    assert broadcast.preview_run is not None
    assert again.preview_run is not None
    assert (again.preview_run.id, again.revision) == (broadcast.preview_run.id, broadcast.revision)
    with pytest.raises(NotNowError):
        await writing.submit(broadcast.id, by=WRITER, now=clinic.now)


async def test_a_worker_that_vanishes_is_followed_by_another_and_its_rows_do_not_count(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    broadcast = await asked(clinic, FEW_TOO_MANY)
    broadcasts = clinic.app.services.broadcasts
    kept = BroadcastStore(clinic.app.database, clinic.app.encryption.keys)

    async def killed(*_: object) -> bool:
        raise ConnectionError("gone")

    with monkeypatch.context() as crash:
        crash.setattr(BroadcastStore, "extend_preview_run", killed)
        with pytest.raises(ConnectionError):
            await work_out(clinic)
    await work_out(clinic)  # its lease still stands: nobody else takes it
    assert (await found(clinic, broadcast)).preview is None
    await clinic.app.database.collection("broadcasts").update_one(
        {"_id": broadcast.id}, {"$set": {"preview_run.lease_until": clinic.app.clock.machine_now()}}
    )
    await work_out(clinic)
    broadcast = await found(clinic, broadcast)
    assert broadcast.preview is not None
    assert (broadcast.preview.people, broadcast.preview_run) == (FEW_TOO_MANY, None)
    assert await clinic.app.database.collection("broadcast_recipients").count_documents({}) == FEW_TOO_MANY
    assert len(await kept.page(broadcast.id, broadcast.preview.run_id, limit=9)) == 9
    assert (await broadcasts.drafts.submit(broadcast.id, by=WRITER, now=clinic.now)).state is BroadcastState.WAITING


async def test_what_is_edited_or_cancelled_meanwhile_ends_the_round(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    broadcast = await asked(clinic, FEW_TOO_MANY)
    broadcasts, extend_preview_run = clinic.app.services.broadcasts, BroadcastStore.extend_preview_run

    async def edited_meanwhile(self: BroadcastStore, *facts: Any) -> bool:
        await broadcasts.drafts.edit(
            broadcast.id, replace(MANY, title="改过"), broadcast.revision, by=WRITER, now=clinic.now
        )
        monkeypatch.setattr(BroadcastStore, "extend_preview_run", extend_preview_run)
        return await extend_preview_run(self, *facts)

    monkeypatch.setattr(BroadcastStore, "extend_preview_run", edited_meanwhile)
    await work_out(clinic)
    after = await found(clinic, broadcast)
    assert (after.title, after.state, after.preview, after.preview_run) == ("改过", BroadcastState.DRAFT, None, None)
    assert await clinic.app.database.collection("broadcast_recipients").count_documents({}) == 0
    await broadcasts.drafts.preview(broadcast.id, by=WRITER, now=clinic.now)
    await broadcasts.cancel(broadcast.id, by=WRITER, now=clinic.now)
    await work_out(clinic)
    after = await found(clinic, broadcast)
    assert (after.state, after.preview_run, after.preview) == (BroadcastState.CANCELLED, None, None)


async def test_too_many_people_are_told_on_the_page_and_nothing_of_them_is_kept(clinic: Clinic) -> None:
    broadcast = await asked(clinic, MOST_RECIPIENTS + 1)
    await work_out(clinic)
    after = await found(clinic, broadcast)
    assert (after.state, after.preview_run, after.preview) == (BroadcastState.DRAFT, None, None)
    assert "超过 5000 位" in after.failure
    assert await clinic.app.database.collection("broadcast_recipients").count_documents({}) == 0
    edited = await clinic.app.services.broadcasts.drafts.edit(
        broadcast.id, MANY, after.revision, by=WRITER, now=clinic.now
    )
    assert edited.failure == ""


async def test_a_long_list_is_judged_again_before_it_is_approved(clinic: Clinic) -> None:
    broadcast = await asked(clinic, FEW_TOO_MANY)
    await work_out(clinic)
    broadcasts = clinic.app.services.broadcasts
    broadcast = await broadcasts.drafts.submit(broadcast.id, by=WRITER, now=clinic.now)
    assert broadcast.preview is not None
    await clinic.app.database.collection("patients").update_one({"_id": "p000007"}, {"$set": {"tags": []}})
    going = await broadcasts.approve(broadcast.id, broadcast.preview.fingerprint, by=OTHER_MANAGER, now=clinic.now)
    assert (going.state, going.preview_run is not None) == (BroadcastState.WAITING, True)
    await work_out(clinic)
    changed = await found(clinic, broadcast)
    assert changed.preview is not None
    assert (changed.state, changed.preview.people) == (BroadcastState.WAITING, FEW_TOO_MANY - 1)
    assert "名单或内容与您看到的有变化" in changed.failure
    await broadcasts.approve(broadcast.id, changed.preview.fingerprint, by=OTHER_MANAGER, now=clinic.now)
    await work_out(clinic)
    approved = await found(clinic, broadcast)
    assert (approved.state, approved.failure, approved.preview_run) == (BroadcastState.APPROVED, "", None)
    assert (approved.events[-1].action, approved.events[-1].by) == (BroadcastAction.APPROVED, OTHER_MANAGER.by)
