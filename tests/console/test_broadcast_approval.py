"""What an approval of a broadcast covers: its wording, its people, the lexicon, objections, templates in use."""

from dataclasses import replace

import pytest

from tests.console.conftest import Browser, Clinic
from tests.holds import stored
from tests.scenarios.outgoing import Post
from tests.scenarios.test_broadcasts import (
    CARE,
    MANAGER,
    OTHER_MANAGER,
    WRITER,
    approved,
    mark,
    patient_ids,
    picked,
    with_offer,
)
from wxbot.actors import COMMAND_LINE
from wxbot.broadcasts.errors import AudienceChangedError
from wxbot.broadcasts.models import BroadcastState, Recipient
from wxbot.broadcasts.store import BroadcastStore
from wxbot.errors import FieldErrors
from wxbot.history.models import PatientId
from wxbot.messaging import Purpose
from wxbot.patients.models import ConsentTopic, HoldKind, Relation
from wxbot.templates.models import Template

TIP = Template(key="test.tip", purpose=Purpose.CARE, text="{name}您好：{tip}", name="提醒", fallbacks={"name": ""})


@pytest.fixture
def post(clinic: Clinic) -> Post:
    return Post(clinic)


def said(clinic: Clinic, *more: Template) -> None:
    templates = clinic.app.services.templates
    templates.replace([*(each for each in templates.all() if each.key not in {own.key for own in more}), *more])


async def test_an_approval_is_of_the_wording_that_was_seen_not_only_of_the_people(clinic: Clinic, post: Post) -> None:
    said(clinic, TIP)
    ids = await patient_ids(clinic, post, [await post.talks("安安")])
    broadcasts, now = clinic.app.services.broadcasts, clinic.now
    broadcast = await broadcasts.drafts.create(picked(ids), by=WRITER, now=now)
    broadcast = await broadcasts.drafts.preview(broadcast.id, by=WRITER, now=now)
    broadcast = await broadcasts.drafts.submit(broadcast.id, by=WRITER, now=now)
    assert broadcast.preview is not None
    seen = broadcast.preview.fingerprint
    broadcast = await broadcasts.drafts.return_for_changes(broadcast.id, "我再改改", by=WRITER, now=now)
    other = replace(picked(ids), template=TIP.key, variables={"tip": "记得复诊"})
    broadcast = await broadcasts.drafts.edit(broadcast.id, other, broadcast.revision, by=WRITER, now=now)
    broadcast = await broadcasts.drafts.preview(broadcast.id, by=WRITER, now=now)
    await broadcasts.drafts.submit(broadcast.id, by=WRITER, now=now)
    with pytest.raises(AudienceChangedError):
        await broadcasts.approve(broadcast.id, seen, by=OTHER_MANAGER, now=now)
    assert (await broadcasts.find(broadcast.id, by=MANAGER)).state is BroadcastState.WAITING


async def test_a_wording_published_while_the_approver_read_is_looked_at_again(clinic: Clinic, post: Post) -> None:
    ids = await patient_ids(clinic, post, [await post.talks("安安")])
    services, now = clinic.app.services, clinic.now
    broadcast = await services.broadcasts.drafts.create(picked(ids), by=WRITER, now=now)
    broadcast = await services.broadcasts.drafts.preview(broadcast.id, by=WRITER, now=now)
    broadcast = await services.broadcasts.drafts.submit(broadcast.id, by=WRITER, now=now)
    assert broadcast.preview is not None
    before = services.templates.get(CARE)
    said(clinic, replace(before, text=before.text + "请放心。", version=before.version + 1))
    with pytest.raises(AudienceChangedError):
        await services.broadcasts.approve(broadcast.id, broadcast.preview.fingerprint, by=OTHER_MANAGER, now=now)


async def test_words_filled_in_by_hand_meet_the_lexicon_like_the_template(clinic: Clinic, post: Post) -> None:
    said(clinic, TIP)
    ids = await patient_ids(clinic, post, [await post.talks("安安")])
    draft = replace(picked(ids), template=TIP.key, variables={"tip": "本院全国第一，保证治愈"})
    with pytest.raises(FieldErrors) as caught:
        await clinic.app.services.broadcasts.drafts.create(draft, by=WRITER, now=clinic.now)
    assert "var_tip" in caught.value.fields


async def test_a_process_that_has_not_read_the_new_wording_yet_waits_instead_of_pausing(
    clinic: Clinic, post: Post
) -> None:
    broadcast = await approved(clinic, picked(await patient_ids(clinic, post, [await post.talks("安安")])))
    assert broadcast.template_version is not None
    rows = clinic.app.database.collection("broadcasts")
    await rows.update_one({"_id": broadcast.id}, {"$set": {"template_version": broadcast.template_version + 1}})
    await clinic.app.runner.run_now("run_broadcasts")
    await clinic.app.runner.run_now("run_broadcasts")
    assert (await clinic.app.services.broadcasts.find(broadcast.id, by=MANAGER)).state is BroadcastState.RUNNING


async def test_clearing_away_late_leaves_a_newer_round_alone(clinic: Clinic, post: Post) -> None:
    broadcast = await approved(clinic, picked(await patient_ids(clinic, post, [await post.talks("安安")])))
    assert broadcast.preview is not None
    await BroadcastStore(clinic.app.database, clinic.app.encryption.keys).delete_other_runs(
        broadcast.id, "0"
    )  # of an earlier look, which was held up
    rows: list[Recipient] = await clinic.app.services.broadcasts.people(broadcast, by=MANAGER)
    assert [row.patient_id for row in rows] == list(broadcast.audience.patient_ids)


async def test_an_objection_of_a_merged_record_counts_for_the_contact_of_the_duplicate(
    clinic: Clinic, post: Post
) -> None:
    with_offer(clinic)
    mother, father = await post.talks("妈妈"), await post.talks("爸爸")
    services, now = clinic.app.services, clinic.now
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
    await mark(clinic, await post.contact(mother), **stored(HoldKind.OBJECTION, clinic.now))
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


async def test_a_template_put_out_of_use_is_offered_to_no_broadcast(clinic: Clinic, admin: Browser) -> None:
    services, now = clinic.app.services, clinic.now
    made = await services.template_editor.create(
        by=COMMAND_LINE, name="春天的问候", purpose=Purpose.CARE, now=now, copy_of=CARE
    )
    content = replace(services.template_editor.content_now(made), text="您好，最近恢复得好吗？", template_card=None)
    content = replace(content, notice_card=None, fallbacks={})
    kept = await services.template_editor.save(made.id, content, by=COMMAND_LINE, revision=made.revision, now=now)
    kept = await services.template_editor.submit(made.id, by=COMMAND_LINE, revision=kept.revision, now=now)
    kept = await services.template_editor.approve(made.id, by=MANAGER, revision=kept.revision, now=now)
    await services.template_editor.publish(made.id, by=COMMAND_LINE, revision=kept.revision, now=now)
    assert "春天的问候" in (await admin.get("/console/broadcasts/new")).text
    kept = await services.template_editor.get(made.id, by=COMMAND_LINE)
    await services.template_editor.retire(made.id, by=COMMAND_LINE, revision=kept.revision, now=now)
    assert "春天的问候" not in (await admin.get("/console/broadcasts/new")).text
    draft = replace(picked((PatientId("p"),)), template=made.id)
    with pytest.raises(FieldErrors, match="停用"):
        await services.broadcasts.drafts.create(draft, by=WRITER, now=now)
