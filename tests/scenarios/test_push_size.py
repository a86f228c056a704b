"""A push to as many people as one may have: its list is worked out beside everything else the process does."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.scenarios.conftest import Clinic
from tests.scenarios.outgoing import Post
from tests.scenarios.test_pushes import OTHER_MANAGER, WRITER, picked
from wxbot.database import Mapper
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Contact, Patient, Tag
from wxbot.pushes.errors import NotNowError
from wxbot.pushes.models import MOST_RECIPIENTS, Did, Push, PushState, Selection, Way
from wxbot.pushes.previewing import AT_ONCE
from wxbot.pushes.store import PushStore

MANY = replace(picked(()), selection=Selection(way=Way.TAG, tag="种植"), pace_per_hour=600)
LONGEST_BLOCK_SECONDS = 0.05  # a callback of the platform waits no longer
FEW_TOO_MANY = AT_ONCE + 2


async def crowd(clinic: Clinic, people: int) -> None:
    """So many patients with the tag 种植, each spoken for by themselves."""
    now = clinic.now
    like = await Post(clinic).contact(await clinic.person("样子"))
    tags = (Tag(name="种植", by="staff:1", at=now),)
    contacts, patients = [], []
    for number in range(people):
        contact_id, patient_id = ContactId(f"c{number:06}"), PatientId(f"p{number:06}")
        contacts.append(replace(like, id=contact_id, openid=f"o{number:06}", patient_ids=(patient_id,)))
        patients.append(Patient(id=patient_id, name=f"人{number}", created_at=now, contact_id=contact_id, tags=tags))
    database = clinic.house.database
    await database.collection("contacts").insert_many([Mapper(Contact).document(each) for each in contacts])
    await database.collection("patients").insert_many([Mapper(Patient).document(each) for each in patients])


@dataclass
class Loop:
    """How long one step of the event loop took of the processor, at the longest."""

    longest: float = 0.0


@asynccontextmanager
async def watched() -> AsyncIterator[Loop]:
    """Counts processor time: the machine may be busy with other things."""
    loop = Loop()

    async def watch() -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            loop.longest = max(loop.longest, time.thread_time() - before)

    watching = asyncio.create_task(watch())
    try:
        yield loop
    finally:
        watching.cancel()


async def work_out(clinic: Clinic) -> None:
    await clinic.house.runner.run_now("pushes_work_out")


async def asked(clinic: Clinic, people: int) -> Push:
    """A push to so many whose list was asked for."""
    await crowd(clinic, people)
    writing = clinic.house.services.pushes.writing
    push = await writing.create(WRITER, MANY, clinic.now)
    return await writing.preview(WRITER, push.id, clinic.now)


async def found(clinic: Clinic, push: Push) -> Push:
    return await clinic.house.services.pushes.find(OTHER_MANAGER, push.id)


async def test_the_longest_list_is_worked_out_in_the_background_and_holds_nobody_up(clinic: Clinic) -> None:
    await crowd(clinic, MOST_RECIPIENTS)
    pushes = clinic.house.services.pushes
    push = await pushes.writing.create(WRITER, MANY, clinic.now)
    async with watched() as loop:
        push = await pushes.writing.preview(WRITER, push.id, clinic.now)
        assert (push.state, push.preview, push.working_out is not None) == (PushState.DRAFT, None, True)
        await work_out(clinic)
    push = await found(clinic, push)
    assert push.preview is not None
    assert (push.state, push.working_out, push.preview.people) == (PushState.PREVIEWED, None, MOST_RECIPIENTS)
    assert loop.longest < LONGEST_BLOCK_SECONDS


async def test_a_list_that_a_request_can_work_out_is_there_at_once(clinic: Clinic) -> None:
    push = await asked(clinic, 3)
    assert push.preview is not None
    assert (push.state, push.working_out, push.preview.people) == (PushState.PREVIEWED, None, 3)


async def test_asking_twice_begins_nothing_twice_and_nothing_is_submitted_meanwhile(clinic: Clinic) -> None:
    push = await asked(clinic, FEW_TOO_MANY)
    writing = clinic.house.services.pushes.writing
    again = await writing.preview(WRITER, push.id, clinic.now)
    assert push.working_out is not None
    assert again.working_out is not None
    assert (again.working_out.id, again.revision) == (push.working_out.id, push.revision)
    with pytest.raises(NotNowError):
        await writing.submit(WRITER, push.id, clinic.now)


async def test_a_worker_that_vanishes_is_followed_by_another_and_its_rows_do_not_count(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    push = await asked(clinic, FEW_TOO_MANY)
    pushes = clinic.house.services.pushes
    kept = PushStore(clinic.house.database)

    async def killed(*_: object) -> bool:
        raise ConnectionError("gone")

    with monkeypatch.context() as crash:
        crash.setattr(PushStore, "go_on", killed)
        with pytest.raises(ConnectionError):
            await work_out(clinic)
    await work_out(clinic)  # its lease still stands: nobody else takes it
    assert (await found(clinic, push)).preview is None
    await clinic.house.database.collection("pushes").update_one(
        {"_id": push.id}, {"$set": {"working_out.lease_until": clinic.house.clock.machine_now()}}
    )
    await work_out(clinic)
    push = await found(clinic, push)
    assert push.preview is not None
    assert (push.preview.people, push.working_out) == (FEW_TOO_MANY, None)
    assert await clinic.house.database.collection("push_recipients").count_documents({}) == FEW_TOO_MANY
    assert len(await kept.page(push.id, push.preview.round, limit=9)) == 9
    assert (await pushes.writing.submit(WRITER, push.id, clinic.now)).state is PushState.WAITING


async def test_what_is_edited_or_cancelled_meanwhile_ends_the_round(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    push = await asked(clinic, FEW_TOO_MANY)
    pushes, go_on = clinic.house.services.pushes, PushStore.go_on

    async def edited_meanwhile(self: PushStore, *facts: Any) -> bool:
        await pushes.writing.edit(WRITER, push.id, replace(MANY, title="改过"), push.revision, clinic.now)
        monkeypatch.setattr(PushStore, "go_on", go_on)
        return await go_on(self, *facts)

    monkeypatch.setattr(PushStore, "go_on", edited_meanwhile)
    await work_out(clinic)
    after = await found(clinic, push)
    assert (after.title, after.state, after.preview, after.working_out) == ("改过", PushState.DRAFT, None, None)
    assert await clinic.house.database.collection("push_recipients").count_documents({}) == 0
    await pushes.writing.preview(WRITER, push.id, clinic.now)
    await pushes.cancel(WRITER, push.id, clinic.now)
    await work_out(clinic)
    after = await found(clinic, push)
    assert (after.state, after.working_out, after.preview) == (PushState.CANCELLED, None, None)


async def test_too_many_people_are_told_on_the_page_and_nothing_of_them_is_kept(clinic: Clinic) -> None:
    push = await asked(clinic, MOST_RECIPIENTS + 1)
    await work_out(clinic)
    after = await found(clinic, push)
    assert (after.state, after.working_out, after.preview) == (PushState.DRAFT, None, None)
    assert "超过 5000 位" in after.trouble
    assert await clinic.house.database.collection("push_recipients").count_documents({}) == 0
    edited = await clinic.house.services.pushes.writing.edit(WRITER, push.id, MANY, after.revision, clinic.now)
    assert edited.trouble == ""


async def test_a_long_list_is_judged_again_before_it_is_approved(clinic: Clinic) -> None:
    push = await asked(clinic, FEW_TOO_MANY)
    await work_out(clinic)
    pushes = clinic.house.services.pushes
    push = await pushes.writing.submit(WRITER, push.id, clinic.now)
    assert push.preview is not None
    await clinic.house.database.collection("patients").update_one({"_id": "p000007"}, {"$set": {"tags": []}})
    going = await pushes.approve(OTHER_MANAGER, push.id, push.preview.fingerprint, clinic.now)
    assert (going.state, going.working_out is not None) == (PushState.WAITING, True)
    await work_out(clinic)
    changed = await found(clinic, push)
    assert changed.preview is not None
    assert (changed.state, changed.preview.people) == (PushState.WAITING, FEW_TOO_MANY - 1)
    assert "名单或内容与您看到的有变化" in changed.trouble
    await pushes.approve(OTHER_MANAGER, push.id, changed.preview.fingerprint, clinic.now)
    await work_out(clinic)
    approved = await found(clinic, push)
    assert (approved.state, approved.trouble, approved.working_out) == (PushState.APPROVED, "", None)
    assert (approved.steps[-1].did, approved.steps[-1].by) == (Did.APPROVED, OTHER_MANAGER.by)
