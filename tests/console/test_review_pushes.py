"""Doors around the approval of a push, the marketing lock and the lexicon, found by reading; each stays shut."""

from dataclasses import replace

import pytest

from tests.console.conftest import Browser, Clinic
from tests.scenarios.outgoing import Post
from tests.scenarios.test_pushes import (
    CARE,
    MANAGER,
    OTHER_MANAGER,
    WRITER,
    approved,
    mark,
    objection,
    patient_ids,
    picked,
    with_offer,
)
from wxbot.actors import COMMAND_LINE
from wxbot.history.models import PatientId
from wxbot.patients.models import ConsentTopic, Relation
from wxbot.pushes.errors import PeopleChangedError, PushProblemsError
from wxbot.pushes.models import PushState, Recipient
from wxbot.pushes.store import PushStore
from wxbot.templates.models import Purpose, Template

TIP = Template(key="test.tip", purpose=Purpose.CARE, text="{name}您好：{tip}", name="提醒", fallbacks={"name": ""})


@pytest.fixture
def post(clinic: Clinic) -> Post:
    return Post(clinic)


def said(clinic: Clinic, *more: Template) -> None:
    templates = clinic.house.services.templates
    templates.replace([*(each for each in templates.all() if each.key not in {own.key for own in more}), *more])


async def test_an_approval_is_of_the_wording_that_was_seen_not_only_of_the_people(clinic: Clinic, post: Post) -> None:
    said(clinic, TIP)
    ids = await patient_ids(clinic, post, [await post.talks("安安")])
    pushes, now = clinic.house.services.pushes, clinic.now
    push = await pushes.writing.create(WRITER, picked(ids), now)
    push = await pushes.writing.preview(WRITER, push.id, now)
    push = await pushes.writing.submit(WRITER, push.id, now)
    assert push.preview is not None
    seen = push.preview.fingerprint
    push = await pushes.writing.give_back(WRITER, push.id, "我再改改", now)
    other = replace(picked(ids), template=TIP.key, variables={"tip": "记得复诊"})
    push = await pushes.writing.edit(WRITER, push.id, other, push.revision, now)
    push = await pushes.writing.preview(WRITER, push.id, now)
    await pushes.writing.submit(WRITER, push.id, now)
    with pytest.raises(PeopleChangedError):
        await pushes.approve(OTHER_MANAGER, push.id, seen, now)
    assert (await pushes.find(MANAGER, push.id)).state is PushState.WAITING


async def test_a_wording_published_while_the_approver_read_is_looked_at_again(clinic: Clinic, post: Post) -> None:
    ids = await patient_ids(clinic, post, [await post.talks("安安")])
    services, now = clinic.house.services, clinic.now
    push = await services.pushes.writing.create(WRITER, picked(ids), now)
    push = await services.pushes.writing.preview(WRITER, push.id, now)
    push = await services.pushes.writing.submit(WRITER, push.id, now)
    assert push.preview is not None
    before = services.templates.get(CARE)
    said(clinic, replace(before, text=before.text + "请放心。", version=before.version + 1))
    with pytest.raises(PeopleChangedError):
        await services.pushes.approve(OTHER_MANAGER, push.id, push.preview.fingerprint, now)


async def test_words_filled_in_by_hand_meet_the_lexicon_like_the_template(clinic: Clinic, post: Post) -> None:
    said(clinic, TIP)
    ids = await patient_ids(clinic, post, [await post.talks("安安")])
    draft = replace(picked(ids), template=TIP.key, variables={"tip": "本院全国第一，保证治愈"})
    with pytest.raises(PushProblemsError) as caught:
        await clinic.house.services.pushes.writing.create(WRITER, draft, clinic.now)
    assert "var_tip" in caught.value.problems


async def test_a_process_that_has_not_read_the_new_wording_yet_waits_instead_of_pausing(
    clinic: Clinic, post: Post
) -> None:
    push = await approved(clinic, picked(await patient_ids(clinic, post, [await post.talks("安安")])))
    assert push.template_version is not None
    rows = clinic.house.database.collection("pushes")
    await rows.update_one({"_id": push.id}, {"$set": {"template_version": push.template_version + 1}})
    await clinic.house.runner.run_now("pushes_run")
    await clinic.house.runner.run_now("pushes_run")
    assert (await clinic.house.services.pushes.find(MANAGER, push.id)).state is PushState.RUNNING


async def test_clearing_away_late_leaves_a_newer_round_alone(clinic: Clinic, post: Post) -> None:
    push = await approved(clinic, picked(await patient_ids(clinic, post, [await post.talks("安安")])))
    assert push.preview is not None
    await PushStore(clinic.house.database).forget_rounds(push.id, "0")  # of an earlier look, which was held up
    rows: list[Recipient] = await clinic.house.services.pushes.people(MANAGER, push)
    assert [row.patient_id for row in rows] == list(push.selection.patient_ids)


async def test_an_objection_of_a_merged_record_counts_for_whoever_spoke_through_the_duplicate(
    clinic: Clinic, post: Post
) -> None:
    with_offer(clinic)
    mother, father = await post.talks("妈妈"), await post.talks("爸爸")
    services, now = clinic.house.services, clinic.now
    (kept, gone) = await patient_ids(clinic, post, [mother, father])
    contact = await post.contact(father)
    await services.patients.set_consent(
        contact.id, ConsentTopic.MARKETING, granted=True, now=now, source="test", wording="w"
    )
    assert (await post.send(father, purpose=Purpose.CARE)).state == "accepted"
    child = await services.records.create({"name": "小宝"}, by=COMMAND_LINE, now=now)
    await services.patient_links.link(child.id, contact.id, Relation.CHILD, by=COMMAND_LINE, now=now)
    found = await services.patients.patients([kept, gone])
    revisions = (found[kept].revision, found[gone].revision)
    await services.merges.merge(kept, gone, {}, revisions=revisions, by=COMMAND_LINE, now=now)
    await mark(clinic, await post.contact(mother), objection=objection(clinic))
    now = clinic.now
    message = services.outbox.message(
        key="offer",
        contact_id=contact.id,
        patient_id=PatientId(child.id),
        purpose=Purpose.MARKETING,
        template="test.offer",
        now=now,
        expires_at=now.replace(year=now.year + 1),
    )
    (forecast,) = await services.outbox.preview([message], now)
    assert (forecast.will.value, forecast.reason) == ("drop", "objection")


async def test_a_template_put_out_of_use_is_offered_to_no_push(clinic: Clinic, admin: Browser) -> None:
    services, now = clinic.house.services, clinic.now
    made = await services.template_editor.create(
        COMMAND_LINE, name="春天的问候", purpose=Purpose.CARE, now=now, copy_of=CARE
    )
    content = replace(services.template_editor.content_now(made), text="您好，最近恢复得好吗？", template_card=None)
    content = replace(content, notice_card=None, fallbacks={})
    kept = await services.template_editor.save(COMMAND_LINE, made.id, content, revision=made.revision, now=now)
    kept = await services.template_editor.submit(COMMAND_LINE, made.id, revision=kept.revision, now=now)
    kept = await services.template_editor.approve(MANAGER, made.id, revision=kept.revision, now=now)
    await services.template_editor.publish(COMMAND_LINE, made.id, revision=kept.revision, now=now)
    assert "春天的问候" in (await admin.get("/console/pushes/new")).text
    kept = await services.template_editor.get(COMMAND_LINE, made.id)
    await services.template_editor.retire(COMMAND_LINE, made.id, revision=kept.revision, now=now)
    assert "春天的问候" not in (await admin.get("/console/pushes/new")).text
    draft = replace(picked((PatientId("p"),)), template=made.id)
    with pytest.raises(PushProblemsError, match="停用"):
        await services.pushes.writing.create(WRITER, draft, now)
