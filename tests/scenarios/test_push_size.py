"""A push to as many people as one may have: worked out beside everything else the process does."""

import asyncio
import time
from dataclasses import replace

import pytest

from tests.scenarios.conftest import Clinic
from tests.scenarios.outgoing import Post
from tests.scenarios.test_pushes import OTHER_MANAGER, WRITER, picked
from wxbot.database import Mapper
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Contact, Patient, Tag
from wxbot.pushes.models import MOST_RECIPIENTS, Selection, Way
from wxbot.templates.models import Purpose

async def crowd(clinic: Clinic, people: int) -> None:
    now = clinic.now
    template = await Post(clinic).contact(await clinic.person("样子"))
    contacts, patients = [], []
    for number in range(people):
        contact_id, patient_id = ContactId(f"c{number:06}"), PatientId(f"p{number:06}")
        contacts.append(replace(template, id=contact_id, openid=f"o{number:06}", alias=f"访客{number}", patient_ids=(patient_id,)))
        patients.append(Patient(id=patient_id, name=f"人{number}", created_at=now, contact_id=contact_id,
            tags=(Tag(name="种植", by="staff:1", at=now),)))
    database = clinic.house.database
    await database.collection("contacts").insert_many([Mapper(Contact).document(each) for each in contacts])
    await database.collection("patients").insert_many([Mapper(Patient).document(each) for each in patients])


class Loop:
    """Notes the longest time in which nothing else got a turn."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0)
            took = time.perf_counter() - before
            self.longest = max(self.longest, took)


async def test_measure(clinic: Clinic) -> None:
    await crowd(clinic, MOST_RECIPIENTS)
    pushes, now = clinic.house.services.pushes, clinic.now
    draft = replace(picked(()), selection=Selection(way=Way.TAG, tag="种植"), pace_per_hour=600)
    push = await pushes.writing.create(WRITER, draft, now)
    loop = Loop()
    watching = asyncio.create_task(loop.watch())
    began = time.perf_counter()
    cpu = time.process_time()
    push = await pushes.writing.preview(WRITER, push.id, now)
    print("TOOK", time.perf_counter() - began, "cpu", time.process_time() - cpu, "longest", loop.longest, push.preview)
    watching.cancel()
