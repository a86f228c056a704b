"""An archive takes the place of the database: nothing differs, nothing is sent twice, half of it is not served."""

import asyncio
import shutil
import stat
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.scenarios.conftest import Clinic, OpenClinic
from tests.scenarios.outgoing import Post
from tests.scenarios.test_broadcasts import OTHER_MANAGER, WRITER, approved, patient_ids, picked
from tests.scenarios.test_staff_commands import wxbot
from wxbot.actors import COMMAND_LINE
from wxbot.app import App, open_app
from wxbot.backup.models import LEFT_OUT, ArchiveError, BackupError, Difference, Manifest, Restored
from wxbot.backup.service import Backups
from wxbot.backup.store import BackupStore
from wxbot.broadcasts.models import BroadcastState
from wxbot.commands import backup as command
from wxbot.errors import ConfigurationError, ForbiddenError
from wxbot.messaging import Purpose
from wxbot.scheduler.store import LastRun

FRIDAY = ("洁牙", "周五", "下午2点")  # 27 November, from Monday the 23rd
ON_PURPOSE = {  # what a restore changes, beside what no archive holds
    "audit": "an entry that the restore took place",
    "audit_heads": "its day",
    "audit_anchors": "how far it had come, as each start notes",
    "followups": "what people must look at",
    "interactions": "the lines of what was closed and opened",
    "care_looks": "until when everything that fell due was seen to",
}


async def written(app: App) -> tuple[BytesIO, Manifest]:
    target = BytesIO()
    manifest = await backups(app).write(target, by=COMMAND_LINE, now=app.clock.now())
    return target, manifest


def backups(app: App) -> Backups:
    return command._backups(app)


async def differences(app: App, source: BytesIO) -> list[Difference]:
    return await backups(app).compare(source, by=COMMAND_LINE, now=app.clock.machine_now())


async def restored(
    clinic: Clinic, source: BytesIO, *, replace_all: bool = True, watched_seconds: float = 0.0
) -> Restored:
    """Restore with a process of its own, as the command does, at the clinic's present moment.

    The clinic's own process does nothing meanwhile, so it is not watched unless a test says for how long.
    """
    settings = clinic.app.settings.model_copy(update={"clock_shift": clinic.app.clock.shift})
    async with open_app(settings) as app:
        app.clock.now = clinic.app.clock.now  # type: ignore[method-assign] # the test's own, where it stands still
        restoration = command._restoration(app)
        restoration._watched_seconds = watched_seconds
        return await restoration.restore(source, replace_all=replace_all, by=COMMAND_LINE)


async def lived_in(clinic: Clinic) -> dict[str, str]:
    """A clinic with patients, appointments, messages, a broadcast, staff and a session."""
    post = Post(clinic)
    people = {name: await clinic.person(name) for name in ("小林", "小陈")}
    people["小周"] = await post.talks("小周")
    await clinic.say(people["小林"], "我叫林小满")
    await clinic.book(people["小林"], *FRIDAY)
    await clinic.book(people["小陈"], "口腔检查", "周明远", "明天", "上午10点")
    await clinic.say(people["小周"], "人工")
    await approved(clinic, picked(await patient_ids(clinic, post, [people["小周"]])))
    await clinic.tick()
    return people


async def test_an_archive_holds_the_database_and_differs_from_it_in_nothing(clinic: Clinic) -> None:
    await lived_in(clinic)
    source, manifest = await written(clinic.app)
    assert await differences(clinic.app, source) == []
    counted = {name: len(await clinic.rows(name)) for name in manifest.parts}
    assert {name: part.documents for name, part in manifest.parts.items()} == counted
    assert {"patients", "contacts", "appointments", "interactions", "outbox", "audit", "staff"} <= counted.keys()
    assert counted.keys() & LEFT_OUT.keys() == set()


async def test_every_kind_of_difference_is_counted(clinic: Clinic) -> None:
    await lived_in(clinic)
    source, _ = await written(clinic.app)
    whole = clinic.app.database.client[clinic.app.database.name]
    await whole["patients"].delete_one({"name": "林小满"})
    await whole["rooms"].update_one({}, {"$set": {"value.note": "漏水"}})
    await whole["unheard_of"].insert_one({})
    try:
        assert await differences(clinic.app, source) == [
            Difference(collection="patients", missing=1),
            Difference(collection="rooms", changed=1),
            Difference(collection="unheard_of", added=1),
        ]
    finally:
        await whole.drop_collection("unheard_of")


async def test_what_the_database_deletes_of_its_own_accord_is_counted_apart(clinic: Clinic) -> None:
    await clinic.person()
    source, _ = await written(clinic.app)
    await clinic.app.database.collection("inbox").delete_many({})
    later = clinic.app.clock.machine_now() + timedelta(days=4)
    found = await backups(clinic.app).compare(source, by=COMMAND_LINE, now=later)
    assert found == [Difference(collection="inbox", expired=1)]
    (now_found,) = await differences(clinic.app, source)
    assert now_found == Difference(collection="inbox", missing=1)


async def test_a_restored_database_differs_only_in_what_a_restore_changes_on_purpose(clinic: Clinic) -> None:
    await lived_in(clinic)
    await clinic.move(timedelta(minutes=30))  # everything due has left, also of the broadcast
    await clinic.app.runner.run_now("run_broadcasts")
    await clinic.tick()
    await clinic.app.runner.run_now("run_broadcasts")
    source, manifest = await written(clinic.app)
    await clinic.say(next(iter(clinic.platform.people)), "之后写的")

    done = await restored(clinic, source)

    assert (done.messages, done.care_steps, done.broadcasts, done.returned, done.pushes) == (0, 0, (), (), 0)
    found = {each.collection: each for each in await differences(clinic.app, source)}
    assert found.keys() <= ON_PURPOSE.keys()
    assert found["audit"] == Difference(collection="audit", added=1)
    assert found["followups"] == Difference(collection="followups", added=1)
    assert all(each.missing == 0 for each in found.values())
    for name in LEFT_OUT.keys() - {"restores"}:
        assert await clinic.rows(name) == []
    assert done.manifest == manifest
    (summary,) = await clinic.rows("followups", {"key": {"$regex": "^restored:"}})
    assert "期间的预约、改约、取消、退订和资料修改" in summary["reason"]
    (noted,) = await clinic.rows("audit", {"action": "backup:restored"})
    assert noted["by"] == COMMAND_LINE.by
    assert (await clinic.app.services.audit.verify(by=COMMAND_LINE)).broken is None


# -- nothing twice -----------------------------------------------------------------------------------------------


async def pass_days(clinic: Clinic, days: int) -> None:
    for _ in range(days * 4):
        await clinic.move(timedelta(hours=6))
        await clinic.app.runner.run_now("run_broadcasts")


def seen_texts(clinic: Clinic, openid: str) -> list[str]:
    """What was sent to somebody on the service's own initiative, as they read it."""
    return [str(seen.card["fields"]) if seen.card is not None else seen.text for seen in clinic.sent_to(openid)]


async def test_what_was_sent_after_the_backup_is_not_sent_again_and_what_is_due_later_is_sent(
    clinic: Clinic, open_clinic: OpenClinic
) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *FRIDAY)
    await clinic.tick()
    source, _ = await written(clinic.app)
    await clinic.move_to("2026-11-24 10:00")  # the reminder of three days before leaves
    sent_before = seen_texts(clinic, openid)
    assert any("先和您对一下就诊的安排" in text for text in sent_before)

    done = await restored(clinic, source)
    assert (done.messages, done.care_steps) == (0, 1)

    again = await open_clinic(beside=clinic, now=clinic.now)
    await again.tick()
    await again.move_to("2026-11-24 20:00")
    assert seen_texts(again, openid) == sent_before
    await again.move_to("2026-11-26 10:00")
    await again.move_to("2026-11-27 12:00")
    assert [text for text in seen_texts(again, openid) if text not in sent_before] == seen_texts(again, openid)[
        len(sent_before) :
    ]
    assert len(seen_texts(again, openid)) == len(sent_before) + 2  # the day before, and two hours before
    unsure = await again.rows("outbox", {"reason": "restored"})
    assert [(row["key"].split("/")[1], row["state"]) for row in unsure] == [("three_days_before", "unknown")]
    calls = await again.rows("followups", {"kind": "phone"})
    assert [call["key"] for call in calls] == [f"phone:{unsure[0]['key']}"]
    lines = await again.story(openid)
    assert [line.kind.value for line in lines if line.kind.value == "message:unknown"] == ["message:unknown"]


async def test_messages_that_wait_for_a_patient_may_have_been_sent_when_they_wrote(
    clinic: Clinic, open_clinic: OpenClinic
) -> None:
    openid = await clinic.person()
    post = Post(clinic)
    await clinic.move(timedelta(days=3))  # no right to write is left
    key = await post.hand_in(openid, "error.refused", purpose=Purpose.SERVICE, answer=True)
    await post.deliver()
    waiting = await post.found(key)
    assert (waiting.state.value, waiting.awaits_contact) == ("waiting", True)
    source, _ = await written(clinic.app)
    await clinic.say(openid, "在吗")
    await post.deliver()
    assert (await post.found(key)).state.value == "accepted"
    sent_before = seen_texts(clinic, openid)

    assert (await restored(clinic, source)).messages == 1

    again = await open_clinic(beside=clinic, now=clinic.now)
    await again.say(openid, "还在吗")
    await again.tick()
    assert seen_texts(again, openid) == sent_before


async def test_a_broadcast_in_progress_is_cancelled_and_one_that_waits_for_approval_is_a_draft_again(
    clinic: Clinic, open_clinic: OpenClinic
) -> None:
    post = Post(clinic)
    openids = [await post.talks(f"患者{number}") for number in range(6)]
    ids = await patient_ids(clinic, post, openids)
    running = await approved(clinic, picked(ids, pace_per_hour=12))
    broadcasts = clinic.app.services.broadcasts
    waiting = await broadcasts.drafts.create(picked(ids[:2]), by=WRITER, now=clinic.now)
    waiting = await broadcasts.drafts.preview(waiting.id, by=WRITER, now=clinic.now)
    waiting = await broadcasts.drafts.submit(waiting.id, by=WRITER, now=clinic.now)
    later = await approved(clinic, picked(ids[:1], starts_at=clinic.now + timedelta(days=1)), twice=(running.id,))
    await clinic.app.runner.run_now("run_broadcasts")
    await post.deliver()
    source, _ = await written(clinic.app)
    assert waiting.preview is not None
    both = (running.id, later.id)
    await broadcasts.approve(waiting.id, waiting.preview.fingerprint, twice=both, by=OTHER_MANAGER, now=clinic.now)
    for _ in range(8):
        await clinic.app.runner.run_now("run_broadcasts")
        await clinic.move(timedelta(minutes=5))
    sent_before = {openid: seen_texts(clinic, openid) for openid in openids}
    assert all(texts for texts in sent_before.values())

    done = await restored(clinic, source)

    assert (done.broadcasts, done.returned) == (("术后问候",), ("术后问候",))
    again = await open_clinic(beside=clinic, now=clinic.now)
    states = {each.id: each.state for each in await again.app.services.broadcasts.newest(by=WRITER)}
    assert states == {
        running.id: BroadcastState.CANCELLED,
        waiting.id: BroadcastState.DRAFT,
        later.id: BroadcastState.APPROVED,
    }
    for _ in range(8):
        await again.app.runner.run_now("run_broadcasts")
        await again.app.runner.run_now("preview_broadcasts")
        await again.move(timedelta(minutes=5))
    assert {openid: seen_texts(again, openid) for openid in openids} == sent_before


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_the_moment_of_backup_and_restore_nobody_reads_anything_twice(
    clinic: Clinic, open_clinic: OpenClinic, seed: int
) -> None:
    chance = Random(seed)
    openids = [await clinic.person(f"患者{number}") for number in range(4)]
    for number, openid in enumerate(openids):
        await clinic.say(openid, f"我叫林小{'一二三四'[number]}")
        await clinic.book(openid, "洁牙", chance.choice(("明天", "周五", "周四")), f"下午{number + 1}点")
    clinic.stand_still()
    await clinic.move(timedelta(hours=chance.randrange(0, 40)))
    source, _ = await written(clinic.app)
    before = {openid: len(seen_texts(clinic, openid)) for openid in openids}
    while all(len(seen_texts(clinic, openid)) == before[openid] for openid in openids):
        await clinic.move(timedelta(minutes=30))
        await clinic.say(chance.choice(openids), "谢谢")
    await clinic.move(timedelta(minutes=30 * chance.randrange(3)))

    await restored(clinic, source)

    again = await open_clinic(beside=clinic, now=clinic.now)
    again.stand_still()
    for _ in range(30):
        await again.move(timedelta(hours=6))
    for openid in openids:
        texts = seen_texts(again, openid)
        assert sorted(texts) == sorted(set(texts))
    unfinished = [row["state"] for row in await again.rows("outbox") if row["state"] in {"waiting", "claimed"}]
    assert len(unfinished) == len(await again.rows("outbox", {"awaits_contact": True, "state": "waiting"}))


async def test_a_push_in_hand_is_not_answered_again_and_a_person_looks(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.marked()
    row = {"_id": "m:1", "openid": openid, "xml": b"<xml/>", "state": "working"}
    moment = clinic.app.clock.machine_now()
    await clinic.app.database.collection("inbox").insert_one({**row, "received_at": moment, "lease_until": moment})
    source, _ = await written(clinic.app)

    assert (await restored(clinic, source)).pushes == 1

    (kept,) = await clinic.rows("inbox", {"_id": "m:1"})
    assert (kept["state"], "xml" in kept) == ("done", False)
    contact = await Post(clinic).contact(openid)
    (task,) = await clinic.rows("followups", {"key": "restored:m:1"})
    assert (task["contact_id"], task["kind"]) == (contact.id, "check")


async def test_sessions_end_and_the_access_token_is_asked_for_again(clinic: Clinic) -> None:
    await clinic.app.client.operations.api_addresses()
    await clinic.app.database.collection("sessions").insert_one({"_id": "somebody"})
    source, manifest = await written(clinic.app)
    assert manifest.parts.keys() & {"sessions", "tokens"} == set()
    assert await clinic.rows("tokens") != []
    await restored(clinic, source)
    assert (await clinic.rows("sessions"), await clinic.rows("tokens")) == ([], [])


# -- refusals ----------------------------------------------------------------------------------------------------


async def snapshot_of(clinic: Clinic) -> dict[str, list[dict[str, Any]]]:
    whole = clinic.app.database.client[clinic.app.database.name]
    names = sorted(await whole.list_collection_names())
    return {name: await clinic.rows(name) for name in names if not name.startswith("system.")}


@pytest.mark.parametrize("damage", ["cut", "changed", "foreign"])
async def test_a_damaged_archive_changes_nothing(clinic: Clinic, damage: str) -> None:
    await lived_in(clinic)
    content = (await written(clinic.app))[0].getvalue()
    broken = {
        "cut": content[:-20],
        "changed": content[:200] + bytes([content[200] ^ 1]) + content[201:],
        "foreign": b"no archive",
    }[damage]
    before = await snapshot_of(clinic)
    with pytest.raises(ArchiveError):
        await restored(clinic, BytesIO(broken))
    assert await snapshot_of(clinic) == before


async def test_a_database_with_something_in_it_is_replaced_only_when_that_is_said(clinic: Clinic) -> None:
    source, _ = await written(clinic.app)
    before = await snapshot_of(clinic)
    with pytest.raises(BackupError, match="is not empty"):
        await restored(clinic, source, replace_all=False)
    assert await snapshot_of(clinic) == before


async def test_an_archive_from_the_future_is_refused(clinic: Clinic) -> None:
    source = BytesIO()
    later = clinic.now + timedelta(hours=1)
    await backups(clinic.app).write(source, by=COMMAND_LINE, now=later)
    with pytest.raises(BackupError, match="Set the clock right"):
        await restored(clinic, source)


async def test_an_archive_whose_data_key_is_not_here_is_refused_until_the_key_is_brought_back(
    clinic: Clinic, tmp_path: Path
) -> None:
    await lived_in(clinic)
    source, manifest = await written(clinic.app)
    elsewhere = tmp_path / "elsewhere"
    name = "test_clinic_elsewhere"
    there = clinic.app.settings.model_copy(
        update={"data_dir": elsewhere, "mongodb_database": name, "clock_shift": clinic.app.clock.shift}
    )
    await clinic.app.database.client.drop_database(name)
    try:
        async with open_app(there) as app:
            with pytest.raises(BackupError, match="are encrypted with the data key"):
                await command._restoration(app).restore(source, replace_all=False, by=COMMAND_LINE)
        shutil.copy(clinic.app.settings.data_dir / "data-keys.json", elsewhere)
        async with open_app(there) as app:
            done = await command._restoration(app).restore(source, replace_all=False, by=COMMAND_LINE)
            assert done.manifest == manifest
            found = await app.services.patients.look_up("林小满")
            assert len(found) == 1
    finally:
        await clinic.app.database.client.drop_database(name)


async def test_a_database_that_a_service_works_on_is_left_alone(clinic: Clinic) -> None:
    source, _ = await written(clinic.app)
    locks, clock = clinic.app.stores.locks, clinic.app.clock
    await locks.note_runs({"sweep_inbox": LastRun(clock.machine_now(), ok=True)})
    ended = asyncio.Event()

    async def work() -> None:
        while not ended.is_set():
            await locks.note_runs({"sweep_inbox": LastRun(clock.machine_now(), ok=True)})
            await asyncio.sleep(0.05)

    working = asyncio.create_task(work())
    try:
        with pytest.raises(BackupError, match="A service runs on the database"):
            await restored(clinic, source, watched_seconds=60)
        assert await clinic.rows("restores") == []
    finally:
        ended.set()
        await working


async def test_signs_of_a_service_that_has_just_stopped_do_not_matter(clinic: Clinic) -> None:
    source, _ = await written(clinic.app)
    await clinic.app.stores.locks.note_runs({"sweep_inbox": LastRun(clinic.app.clock.machine_now(), ok=True)})
    await restored(clinic, source, watched_seconds=0.5)
    assert await clinic.rows("job_runs") == []


async def test_only_who_may_everything_writes_and_restores(clinic: Clinic) -> None:
    with pytest.raises(ForbiddenError):
        await backups(clinic.app).write(BytesIO(), by=OTHER_MANAGER, now=clinic.now)
    with pytest.raises(ForbiddenError):
        await backups(clinic.app).compare(BytesIO(), by=OTHER_MANAGER, now=clinic.now)
    with pytest.raises(ForbiddenError):
        await command._restoration(clinic.app).restore(BytesIO(), replace_all=True, by=OTHER_MANAGER)


# -- half of it --------------------------------------------------------------------------------------------------


class DiedError(Exception):
    """The process ends here."""


async def test_the_half_of_a_restore_is_not_served_and_can_be_repeated(
    clinic: Clinic, open_clinic: OpenClinic, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    people = await lived_in(clinic)
    await clinic.move(timedelta(hours=1))
    source, _ = await written(clinic.app)
    original, calls = BackupStore.insert, 0

    async def stops(self: Any, name: str, documents: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > 12:
            raise DiedError
        await original(self, name, documents)

    monkeypatch.setattr(BackupStore, "insert", stops)
    with pytest.raises(DiedError):
        await restored(clinic, source)
    monkeypatch.undo()

    with pytest.raises(ConfigurationError, match="A restore into this database was interrupted"):
        await open_clinic(beside=clinic, now=clinic.now)
    for words in (("job", "run", "deliver_outbox"), ("seed",), ("backup", str(tmp_path / "half.gz"))):
        refused = await wxbot(tmp_path, clinic, *words)
        assert (refused.exit_code, "was interrupted" in refused.output) == (1, True), refused.output

    await restored(clinic, source, replace_all=False)  # what is there is only the half of a restore
    again = await open_clinic(beside=clinic, now=clinic.now)
    found = {each.collection for each in await differences(again.app, source)}
    assert found <= ON_PURPOSE.keys() | {"outbox", "broadcasts"}
    assert await again.say(people["小林"], "你好")


# -- the commands ------------------------------------------------------------------------------------------------


async def test_the_commands_write_check_and_restore_a_file_for_its_owner_alone(clinic: Clinic, tmp_path: Path) -> None:
    await lived_in(clinic)
    file = tmp_path / "wxbot.backup"
    made = await wxbot(tmp_path, clinic, "backup", str(file))
    assert (made.exit_code, "documents of" in made.output) == (0, True), made.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.with_name("wxbot.backup.part").exists()

    same = await wxbot(tmp_path, clinic, "restore", "--check", str(file))
    assert (same.exit_code, "0 differences" in same.output) == (0, True), same.output
    twice = await wxbot(tmp_path, clinic, "backup", str(file))
    assert (twice.exit_code, "is there already" in twice.output) == (1, True), twice.output

    refused = await wxbot(tmp_path, clinic, "restore", str(file))
    assert (refused.exit_code, "is not empty" in refused.output) == (1, True)
    unsure = await wxbot(tmp_path, clinic, "restore", "--replace", str(file), typed="no\n")
    assert (unsure.exit_code, "Nothing was changed" in unsure.output) == (1, True)
    name = clinic.app.settings.mongodb_database
    await clinic.app.database.collection("job_runs").delete_many({})  # the test's own process does nothing meanwhile
    done = await wxbot(tmp_path, clinic, "restore", "--replace", str(file), typed=f"{name}\n")
    assert (done.exit_code, "are restored" in done.output) == (0, True), done.output
    other = await wxbot(tmp_path, clinic, "restore", "--check", str(file))
    assert (other.exit_code, "followups" in other.output) == (1, True)
    missing = await wxbot(tmp_path, clinic, "restore", str(tmp_path / "nowhere"))
    assert (missing.exit_code, "There is no file" in missing.output) == (1, True)
