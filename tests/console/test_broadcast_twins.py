"""The same broadcast saved twice and approved twice is named at saving and at the approval."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.console.conftest import Clinic, SignIn
from tests.scenarios.outgoing import Post
from tests.scenarios.test_broadcasts import CARE, MANAGER, OTHER_MANAGER, WRITER, patient_ids, picked
from wxbot.broadcasts.errors import TwinError
from wxbot.broadcasts.models import Broadcast, BroadcastDraft, BroadcastState
from wxbot.broadcasts.twins import APART
from wxbot.staff.permissions import Role


@pytest.fixture
def post(clinic: Clinic) -> Post:
    return Post(clinic)


async def submitted(clinic: Clinic, draft: BroadcastDraft) -> Broadcast:
    drafts, now = clinic.app.services.broadcasts.drafts, clinic.now
    broadcast = await drafts.create(draft, by=WRITER, now=now)
    await drafts.preview(broadcast.id, by=WRITER, now=now)
    return await drafts.submit(broadcast.id, by=WRITER, now=now)


async def approve(clinic: Clinic, broadcast: Broadcast, twice: tuple[str, ...] = ()) -> Broadcast:
    assert broadcast.preview is not None
    return await clinic.app.services.broadcasts.approve(
        broadcast.id, broadcast.preview.fingerprint, twice=twice, by=OTHER_MANAGER, now=clinic.now
    )


async def test_the_second_of_two_alike_is_approved_only_by_who_says_that_they_know(clinic: Clinic, post: Post) -> None:
    ids = await patient_ids(clinic, post, [await post.talks("安安"), await post.talks("贝贝")])
    broadcasts = clinic.app.services.broadcasts
    first, second = await submitted(clinic, picked(ids)), await submitted(clinic, picked(ids[:1]))
    [twin] = await broadcasts.twins(second, by=MANAGER)
    assert (twin.id, twin.people, twin.arrives) == (first.id, 1, False)
    await approve(clinic, first)
    with pytest.raises(TwinError, match="twin"):
        await approve(clinic, second)
    assert (await broadcasts.find(second.id, by=MANAGER)).state is BroadcastState.WAITING
    assert (await approve(clinic, second, (first.id,))).state in {BroadcastState.APPROVED, BroadcastState.RUNNING}


async def test_other_words_other_people_other_weeks_and_cancelled_ones_are_no_twins(clinic: Clinic, post: Post) -> None:
    ids = await patient_ids(clinic, post, [await post.talks("安安"), await post.talks("贝贝")])
    broadcasts = clinic.app.services.broadcasts
    first = await submitted(clinic, picked(ids[:1]))
    other_people = await submitted(clinic, picked(ids[1:]))
    later = clinic.now + APART + timedelta(hours=1)
    other_week = await submitted(clinic, replace(picked(ids[:1]), starts_at=later))
    for broadcast in (other_people, other_week):
        assert await broadcasts.twins(broadcast, by=MANAGER) == []
    again = await submitted(clinic, picked(ids[:1]))
    assert [twin.id for twin in await broadcasts.twins(again, by=MANAGER)] == [first.id]
    await broadcasts.cancel(first.id, by=MANAGER, now=clinic.now)
    assert await broadcasts.twins(again, by=MANAGER) == []


async def test_the_page_names_the_twin_and_asks(clinic: Clinic, post: Post, sign_in: SignIn) -> None:
    ids = await patient_ids(clinic, post, [await post.talks("安安")])
    first, second = await submitted(clinic, picked(ids)), await submitted(clinic, picked(ids))
    await approve(clinic, first)
    browser = await sign_in(Role.ADMIN, "boss")
    page = await browser.get(f"/console/broadcasts/{second.id}")
    assert "内容相同的推送" in page.text
    assert f'value="{first.id}"' in page.text
    assert second.preview is not None
    address = f"/console/broadcasts/{second.id}/approve"
    refused = await browser.post(address, {"seen": second.preview.fingerprint})
    assert "有 1 位患者会收到两次" in refused.text
    done = await browser.post(address, {"seen": second.preview.fingerprint, "twice": first.id})
    assert "已批准" in done.text


async def test_who_has_no_wechat_is_not_called_where_the_form_says_so(
    clinic: Clinic, post: Post, sign_in: SignIn
) -> None:
    ids = await patient_ids(clinic, post, [await post.talks("安安"), await post.quiet("贝贝")])
    browser = await sign_in(Role.ADMIN, "boss")
    await browser.get("/console/broadcasts/new")
    people = [("patient_ids", each) for each in ids]
    fields = [("title", "问候"), ("audience_kind", "list"), ("template", CARE), ("no_calls", "true"), *people]
    page = await browser.post("/console/broadcasts/new", fields)
    [broadcast] = await clinic.app.services.broadcasts.newest(by=MANAGER)
    assert broadcast.preview is not None
    assert (broadcast.calls, broadcast.preview.people, broadcast.preview.slots) == (False, 2, 1), page.path
    edit = await browser.get(f"/console/broadcasts/{broadcast.id}/edit")
    assert re.search(r'name="no_calls"\s+value="true"\s+checked', edit.text)
