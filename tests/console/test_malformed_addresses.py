"""Addresses and fields that no page of ours writes: answered with a page, never with an error."""

import re

import pytest

from tests.console.conftest import Browser, Clinic
from wxbot.actors import COMMAND_LINE
from wxbot.broadcasts.models import Audience, AudienceKind, BroadcastDraft
from wxbot.messaging import Purpose

STRANGE_NUMBERS = ("²", "9" * 30, "9" * 5_000, "-1", "1e3", "٣")


@pytest.mark.parametrize("nest", ["[" * 900 + "]" * 900, '{"a":' * 1500 + "1" + "}" * 1500, "[" * 5000])
async def test_a_hidden_field_nested_without_end_is_as_if_it_were_not_there(
    clinic: Clinic, admin: Browser, nest: str
) -> None:
    services = clinic.app.services
    patient = await services.records.create({"name": "张三"}, by=COMMAND_LINE, now=clinic.now)
    await admin.get("/console/patients")
    page = await admin.post(f"/console/patients/{patient.id}/edit", {"name": "张叁", "revision": "77", "seen": nest})
    assert (page.status, page.shows("张叁")) == (409, True)
    page = await admin.get("/console/settings/booking")
    fields = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page.text))
    fields |= {"horizon_days": "31", "revision": "77", "seen": f'{{"horizon_days": {nest}}}'}
    page = await admin.post("/console/settings/booking", fields)
    assert page.shows("您编辑期间", "最多可提前多少天预约")


async def a_push(clinic: Clinic) -> str:
    services = clinic.app.services
    selection = Audience(kind=AudienceKind.TAG, tag="回访")
    draft = BroadcastDraft(title="问候", purpose=Purpose.CARE, template="care.month_1", audience=selection)
    broadcast = await services.broadcasts.drafts.create(draft, by=COMMAND_LINE, now=clinic.now)
    broadcast = await services.broadcasts.drafts.preview(broadcast.id, by=COMMAND_LINE, now=clinic.now)
    return broadcast.id


@pytest.mark.parametrize("number", STRANGE_NUMBERS)
async def test_a_strange_place_in_a_list_shows_the_list_from_its_beginning(
    clinic: Clinic, admin: Browser, number: str
) -> None:
    broadcast_id = await a_push(clinic)
    shown = [
        f"/console/broadcasts/{broadcast_id}?after={number}",
        f"/console/patients?list=birthday&month={number}",
        f"/console/settings/holidays?year={number}",
        f"/console/audit?before={number}",
    ]
    assert [(await admin.get(each)).status for each in shown] == [200] * len(shown)


@pytest.mark.parametrize("number", STRANGE_NUMBERS)
async def test_a_strange_number_in_a_form_is_one_that_does_not_stand(
    clinic: Clinic, admin: Browser, number: str
) -> None:
    broadcast_id = await a_push(clinic)
    scene = {"label": "前台", "purpose": "desk", "lasts_days": "", "request": "0" * 32}
    made = await admin.post("/console/settings/scenes/new", scene)
    broadcast = {"title": "问候", "template": "care.month_1", "audience_kind": "tag", "tag": "回访", "revision": number}
    answers = [
        await admin.post(f"/console/broadcasts/{broadcast_id}/edit", broadcast),
        await admin.post(made.path, {"label": "新名称", "revision": number}),
        await admin.post(f"/console/settings/menu/versions/{number}/restore", {"revision": number}),
        await admin.post("/console/settings/menu/preview", {"revision": number, "move": f"up-{number}"}),
        await admin.post("/console/templates/care.month_1/versions/1/restore", {"revision": number}),
        await admin.post("/console/templates/bindings/NTC_CARE", {"revision": number}),
    ]
    assert [answer.status for answer in answers if answer.status >= 500] == []


async def test_a_start_before_all_days_is_complained_about(admin: Browser) -> None:
    broadcast = {
        "title": "问候",
        "template": "care.month_1",
        "audience_kind": "tag",
        "tag": "回访",
        "starts_at": "0001-01-01T00:00",
    }
    answer = await admin.post("/console/broadcasts/new", broadcast)
    assert (answer.status, "请填写 1900 年到 2099 年之间的日期" in answer.text) == (200, True)


async def test_a_way_back_with_a_line_break_in_it_leads_to_the_first_page(admin: Browser) -> None:
    answer = await admin.get("/console/sign-in?next=/console/%0d%0aSet-Cookie:%20a=b", follow=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/console/")
