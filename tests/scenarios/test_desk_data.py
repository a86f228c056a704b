"""What the desk keeps: backed up and restored, under a new key, merged and parted, carried away on a disk, exported."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from config.content import load_content
from tests.scenarios.conftest import Clinic, OpenClinic
from tests.scenarios.talking import answer, colleague, contact_id_of, episode_of, take
from tests.scenarios.test_backup import differences, restored, written
from tests.scenarios.test_desk_erasure import MARK, rated_by_anybody, talked_about
from tests.scenarios.test_staff_commands import wxbot
from wxbot.actors import COMMAND_LINE
from wxbot.canned_replies.models import CannedReply, CannedReplyId
from wxbot.conversations.intake.service import IntakeForm
from wxbot.conversations.models import EpisodeState, Handover
from wxbot.conversations.reading.lists import ListName
from wxbot.outbox.models import State
from wxbot.setting_files import write_into
from wxbot.staff.models import AccountId
from wxbot.staff.permissions import Role

__all__ = ["rated_by_anybody"]

AT_THE_DESK = {  # written by conversations/, canned_replies/ and media/
    "canned_replies",
    "desk_agents",
    "desk_claims",
    "desk_devices",
    "drafts",
    "episode_figures",
    "episodes",
    "incidents",
    "intakes",
    "media",
    "message_words",
    "message_words_state",
    "notes",
    "practices",
    "promises",
    "ratings",
    "shifts",
}
PHONE = "13857042219"
KEY_ID = re.compile(r"enc1:([^:]+):")


@pytest.fixture
async def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    real = asyncio.sleep

    async def short(seconds: float) -> Any:
        return await real(0 if seconds > 5 else seconds)

    monkeypatch.setattr("wxbot.encryption.service.asyncio.sleep", short)


async def full_day(clinic: Clinic) -> str:
    """A day with something in every collection of the desk; the openid of whose talk is open, and 稍后."""
    openid, _ = await talked_about(clinic)
    services = clinic.app.services
    boss = await colleague(clinic, Role.MANAGER)
    practices = services.review.practices
    await practices.begin(practices.rules.cases[0].id, by=boss, now=clinic.now)
    await services.chat.shifts.change(AccountId(boss.id), (), revision=0, by=boss, now=clinic.now)
    await clinic.app.runner.run_now("index_messages")
    await clinic.app.runner.run_now("check_message_index")
    return openid


@pytest.mark.usefixtures("rated_by_anybody")
async def test_everything_of_the_desk_is_in_a_backup_and_comes_back(clinic: Clinic, open_clinic: OpenClinic) -> None:
    openid = await full_day(clinic)
    contact_id, episode = await contact_id_of(clinic, openid), await episode_of(clinic, openid)
    boss = await colleague(clinic, Role.MANAGER)
    notes = await clinic.app.services.chat.notes.of(contact_id, by=boss)
    assert {name for name in AT_THE_DESK if not await clinic.rows(name)} == set()
    source, manifest = await written(clinic.app)
    assert manifest.parts.keys() >= AT_THE_DESK
    for name in AT_THE_DESK - {"canned_replies"}:
        await clinic.app.database.collection(name).delete_many({})

    await restored(clinic, source)

    changed = {each.collection for each in await differences(clinic.app, source) if each.counts}
    assert changed & AT_THE_DESK == set()
    again = await open_clinic(beside=clinic, now=clinic.now)
    chat = again.app.services.chat
    assert await chat.desk.of_contact(contact_id) == episode
    assert await chat.notes.of(contact_id, by=boss) == notes
    reception = (await again.app.services.staff.by_login("reception", by=COMMAND_LINE)).actor
    column = await chat.lists.column(ListName.LATER, by=reception, now=again.now)
    assert [row.episode.id for row in column.rows] == [episode.id], "what was open is in a list"
    hits = await chat.search.find(f"{MARK}，人工", by=boss, now=again.now)
    assert any(hit.contact_id == contact_id for hit in hits)


async def test_a_line_that_was_not_indexed_at_the_backup_is_found_after_the_restore(
    clinic: Clinic, open_clinic: OpenClinic
) -> None:
    clinic.stand_still()
    openid = await clinic.person()
    await clinic.say(openid, f"{MARK}，在吗")
    await clinic.app.runner.run_now("index_messages")
    await clinic.app.runner.run_now("check_message_index")
    await clinic.app.database.collection("message_words").delete_many({})  # its process died before it was written
    source, _ = await written(clinic.app)
    await restored(clinic, source)
    again = await open_clinic(beside=clinic, now=clinic.now)
    await again.move(timedelta(minutes=11))
    await again.app.runner.run_now("check_message_index")
    boss = await colleague(again, Role.MANAGER)
    hits = await again.app.services.chat.search.find(MARK, by=boss, now=again.now)
    assert [hit.contact_id for hit in hits] == [await contact_id_of(again, openid)]


async def test_a_reply_that_waited_at_the_backup_is_not_sent_again_and_is_shown_as_unsure(
    clinic: Clinic, open_clinic: OpenClinic
) -> None:
    clinic.stand_still()
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    reception = await colleague(clinic)
    await take(clinic, openid, reception)
    episode = await episode_of(clinic, openid)
    replies = clinic.app.services.chat.replies
    await replies.send(episode.id, "您好，请讲。", key="k1", by=reception, now=clinic.now)
    source, _ = await written(clinic.app)
    await clinic.move(timedelta(seconds=6))  # it leaves, after the backup
    before = [seen.text for seen in clinic.sent_to(openid, "customer")]
    assert before[-1] == "您好，请讲。"

    await restored(clinic, source)

    again = await open_clinic(beside=clinic, now=clinic.now)
    again.stand_still()
    await again.move(timedelta(minutes=1))
    assert [seen.text for seen in again.sent_to(openid, "customer")] == before
    contact_id = await contact_id_of(again, openid)
    (unsure,) = await again.app.services.chat.replies.unsettled(contact_id)
    assert (unsure.state, unsure.author) == (State.UNKNOWN, reception.by)
    assert await again.rows("followups", {"kind": "phone"}) == []
    assert (await episode_of(again, openid)).state is EpisodeState.ASSIGNED


@pytest.mark.usefixtures("rated_by_anybody", "no_grace")
async def test_every_encrypted_field_of_the_desk_gets_a_new_key_and_is_read_as_before(
    clinic: Clinic, tmp_path: Path
) -> None:
    openid = await full_day(clinic)
    contact_id = await contact_id_of(clinic, openid)
    services = clinic.app.services
    boss = await colleague(clinic, Role.MANAGER)
    reception = (await services.staff.by_login("reception", by=COMMAND_LINE)).actor
    before = (
        await services.chat.notes.of(contact_id, by=boss),
        await services.chat.drafts.of(contact_id, by=reception),
        await services.review.intakes.one(contact_id, by=boss),
    )
    photos = [row["_id"] for row in await clinic.rows("media", {"state": "kept"})]
    shown = [(await services.media.read(each, by=boss)).data for each in photos]
    assert shown

    done = await wxbot(tmp_path, clinic, "keys", "rotate")

    assert done.exit_code == 0, done.output
    used = {}
    for name in ("notes", "drafts", "intakes", "media"):
        raw = await clinic.app.database.collection(name).find().to_list(None)
        used[name] = KEY_ID.findall(str(raw))
        assert used[name], name
    assert len({each for those in used.values() for each in those}) == 1
    assert f"Retired: {used['notes'][0]}" not in done.output
    assert "Retired: " in done.output
    assert before == (
        await services.chat.notes.of(contact_id, by=boss),
        await services.chat.drafts.of(contact_id, by=reception),
        await services.review.intakes.one(contact_id, by=boss),
    )
    assert [(await services.media.read(each, by=boss)).data for each in photos] == shown


async def test_what_colleagues_type_about_a_patient_stands_nowhere_in_the_clear(clinic: Clinic) -> None:
    clinic.stand_still()
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    await clinic.say(openid, f"我的电话是{PHONE}")
    contact_id = await contact_id_of(clinic, openid)
    reception, boss = await colleague(clinic), await colleague(clinic, Role.MANAGER)
    await take(clinic, openid, reception)
    chat, review, now = clinic.app.services.chat, clinic.app.services.review, clinic.now
    await chat.notes.write(contact_id, f"{MARK}备注", key="n1", by=reception, now=now)
    await chat.notes.write(contact_id, f"{MARK}悄悄话", key="n2", whisper=True, by=boss, now=now)
    await chat.drafts.keep(contact_id, f"{MARK}草稿", note=False, edit=0, by=reception, now=now)
    form = IntakeForm(answers={review.intakes.fields[0].key: f"{MARK}愿望"}, health=True, relation=f"{MARK}替母亲")
    await review.intakes.save(contact_id, form, 0, by=reception, now=now)
    await clinic.app.runner.run_now("index_messages")
    database = clinic.app.database.client[clinic.app.database.name]
    names = [name for name in await database.list_collection_names() if not name.startswith("system.")]
    dump = {name: str(await database[name].find().to_list(None)) for name in names}
    assert {name for name, text in dump.items() if MARK in text} == set()
    # as docs/data-model.md says: the transcript, its latest words beside the open talk, and the reason of its task
    assert {name for name, text in dump.items() if PHONE in text} <= {"interactions", "episodes", "followups"}
    assert (await chat.drafts.of(contact_id, by=reception))[0] == f"{MARK}草稿"


async def test_a_merge_during_a_talk_and_its_undo_leave_both_talks_as_they_are(clinic: Clinic) -> None:
    clinic.stand_still()
    first, second = await clinic.person("小林"), await clinic.person("小王")
    reception, boss = await colleague(clinic), await colleague(clinic, Role.MANAGER)
    services, chat, review = clinic.app.services, clinic.app.services.chat, clinic.app.services.review
    ids = []
    for openid in (first, second):
        await clinic.say(openid, "人工")
        await take(clinic, openid, reception)
        await answer(clinic, openid, "我查一下，半小时内给您答复", reception)
        contact_id = await contact_id_of(clinic, openid)
        await chat.notes.write(contact_id, f"备注{openid}", key=openid, by=reception, now=clinic.now)
        await chat.drafts.keep(contact_id, f"草稿{openid}", note=False, edit=0, by=reception, now=clinic.now)
        form = IntakeForm(answers={review.intakes.fields[0].key: f"愿望{openid}"}, health=True)
        await review.intakes.save(contact_id, form, 0, by=reception, now=clinic.now)
        ids.append(contact_id)

    async def standing() -> list[Any]:
        return [
            (
                await chat.desk.of_contact(each),
                await chat.notes.of(each, by=boss),
                await chat.drafts.of(each, by=reception),
                await chat.promises.open_of(each),
                await chat.replies.meter(each, clinic.now),
                (await review.intakes.one(each, by=boss)).answers,
                [line.id for line in (await chat.lists.thread(each, by=boss)).lines if line.text],
            )
            for each in ids
        ]

    contacts = await services.patients.contacts(ids)
    kept, gone = [await services.patients.self_patient(contacts[each], clinic.now) for each in ids]
    before = await standing()
    assert all(each[3] for each in before)
    preview = await services.merges.preview(kept.id, gone.id, by=boss, now=clinic.now)
    revisions = (preview.survivor.patient.revision, preview.merged.patient.revision)
    await services.merges.merge(kept.id, gone.id, {}, revisions=revisions, by=boss, now=clinic.now)
    assert await standing() == before
    (row,) = await clinic.rows("merges")
    await services.merges.undo(row["_id"], by=boss, now=clinic.now)
    assert await standing() == before
    reached = await services.patients.of_contacts(ids)
    assert [[each.id for each in reached[contact_id]] for contact_id in ids] == [[kept.id], [gone.id]]
    for openid in (first, second):
        await answer(clinic, openid, f"给您答复 {openid}", reception)
        assert [seen.text for seen in clinic.sent_to(openid, "customer")][-1] == f"给您答复 {openid}"


async def test_canned_replies_go_back_to_files_with_what_was_set_in_the_console(clinic: Clinic, tmp_path: Path) -> None:
    services, now = clinic.app.services, clinic.now
    boss = await colleague(clinic, Role.MANAGER)
    quoted = '说"好"\\ 与\t换行\n{?时间}来'
    new = CannedReply(id=CannedReplyId("quoted"), title="引号", text=quoted, folder="新的一组")
    await services.canned.add(new, by=boss, now=now)
    private = CannedReply(
        id=CannedReplyId("mine"), title="我的", text=f"{MARK}", folder="新的一组", owner=AccountId(boss.id)
    )
    await services.canned.add(private, by=boss, now=now)
    shipped = [each.value for each in await services.canned.live.store.read() if each.value.owner is None]
    changed = await services.canned.one(shipped[0].id, by=boss)
    value = CannedReply(id=shipped[0].id, title="改过", text="改过的话。", folder=shipped[0].folder)
    await services.canned.save(value, changed.stored.revision, by=boss, now=now)
    await services.canned.archive(shipped[1].id, 1, by=boss, now=now)

    files = await services.setting_files.files(by=COMMAND_LINE, now=now)
    out = tmp_path / "out"
    (out / "canned_replies").mkdir(parents=True)
    (out / "canned_replies" / "old.toml").write_text('folder = "旧"\n', encoding="utf-8")
    write_into(out, files)

    stored = [each.value for each in await services.canned.live.store.read()]
    expected = {(it.id, it.title, it.text, it.folder, it.source) for it in stored if not it.owner and not it.archived}
    read = {
        (it.id, it.title, it.text, file.folder, it.source)
        for file in load_content(out).canned_replies
        for it in file.replies
    }
    assert read == expected
    assert (shipped[0].id, "改过", "改过的话。", shipped[0].folder, shipped[0].source) in read
    assert shipped[1].id not in {each[0] for each in read}
    assert MARK not in "".join(content.decode(errors="replace") for content in files.values())
    for name in ("desk.toml", "endings.toml", "intake.toml", "practice.toml", "clinic_words.toml"):
        assert files[name] == (clinic.app.settings.config_dir / name).read_bytes()


async def test_signs_of_life_and_drafts_end_by_themselves_in_the_database(clinic: Clinic) -> None:
    """The rest stays with the transcript (docs/data-model.md)."""
    ends = {}
    for name in AT_THE_DESK:
        for index in (await clinic.app.database.collection(name).index_information()).values():
            if "expireAfterSeconds" in index:
                ends[name] = index["expireAfterSeconds"]
    assert ends == {"desk_devices": 3_600, "drafts": 30 * 24 * 3_600}


async def test_an_episode_that_is_handed_on_without_end_does_not_grow_without_end(clinic: Clinic) -> None:
    clinic.stand_still()
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    boss = await colleague(clinic, Role.MANAGER)
    for number in range(25):
        await take(clinic, openid, boss)
        episode = await episode_of(clinic, openid)
        handover = Handover(at=clinic.now, by=AccountId(boss.id), to=None, reason=f"第{number}次")
        await clinic.app.services.chat.desk.hand_over(
            episode.id, handover, revision=episode.revision, by=boss, now=clinic.now
        )
    episode = await episode_of(clinic, openid)
    assert [each.reason for each in episode.handovers] == [f"第{number}次" for number in range(5, 25)]
