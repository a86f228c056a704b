"""The fortnight that the demo plays at its first start: it leaves life on every list, ends now, and is played once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from pydantic import SecretStr

from config.settings import Settings
from tests.console.conftest import Browser
from tests.ports import free_port
from wxbot.actors import SYSTEM
from wxbot.audit.models import Filter
from wxbot.board.models import Topic
from wxbot.booking.models import AppointmentState
from wxbot.broadcasts.models import BroadcastState
from wxbot.clinic.hours import openings
from wxbot.conversations.models import EndingKind, EpisodeState
from wxbot.demo import agenda, fortnight
from wxbot.demo.accounts import NAMES, PASSWORD
from wxbot.demo.service import Demo, open_demo
from wxbot.followups.models import FollowUpState
from wxbot.history.models import Kind
from wxbot.patients.imports.models import ImportState
from wxbot.staff.permissions import Role

pytestmark = pytest.mark.timeout(400)  # 15 s of work, on a machine that may be busy with something else
ZONE = ZoneInfo("Asia/Shanghai")
WEDNESDAY_AFTERNOON = datetime(2026, 12, 9, 15, 20, tzinfo=ZONE)
NEW_YEARS_NIGHT = datetime(2027, 1, 1, 3, 0, tzinfo=ZONE)
NOW_AND_THEN = timedelta(minutes=10)  # the clock goes on while the fortnight is played

# Every list of the console that a stranger opens.
LISTS = (
    *("/console/board", "/console/board/week"),
    *("/console/", "/console/today/visits", "/console/today/visits?day=tomorrow", "/console/today/approvals"),
    *("/console/messages", "/console/patients", "/console/patients?list=hold", "/console/patients?list=objection"),
    *("/console/patients?list=birthday&month=12", "/console/patients?list=no-next", "/console/patients?tag=老患者"),
    *("/console/patients/newcomers", "/console/patients/imports", "/console/patients/exports"),
    *("/console/followups", "/console/followups?kind=handoff", "/console/followups?kind=phone"),
    *("/console/broadcasts", "/console/templates", "/console/settings/scenes", "/console/settings/closures"),
    *("/console/staff", "/console/audit"),
)
NOTHING = 'class="nothing"'  # what a list shows that is empty


@asynccontextmanager
async def demo_at(moment: datetime, mongo_uri: str, data: Path, name: str) -> AsyncIterator[Demo]:
    """A demo whose present is `moment`, with its fortnight played where it has none yet."""
    settings = Settings.model_construct(
        mongodb_uri=SecretStr(mongo_uri),
        mongodb_database=name,
        data_dir=data,
        http_port=free_port(),
        clock_shift=moment - datetime.now(ZONE),
    )
    async with open_demo(settings, free_port(), with_past=True) as demo:
        await demo.play()
        yield demo


async def counts(demo: Demo) -> dict[str, int]:
    """How many documents of each collection that the fortnight writes to."""
    names = ("patients", "contacts", "appointments", "outbox", "followups", "broadcasts", "imports", "exports", "audit")
    collection = demo.app.database.collection
    return {name: await collection(name).count_documents({}) for name in names}


async def states(demo: Demo, collection: str) -> set[str]:
    """The states that stand in a collection."""
    return set(await demo.app.database.collection(collection).distinct("state"))


async def dropped(demo: Demo) -> None:
    await demo.app.database.client.drop_database(demo.app.database.name)


async def calls(demo: Demo, now: datetime) -> tuple[bool, bool]:
    """Whether colleagues made calls that care plans ask for, and only a few wait for more than a day."""
    rows = demo.app.database.collection("followups")
    made = await rows.count_documents({"kind": "recall", "state": "done"})
    overdue = {"kind": "recall", "state": "open", "due_at": {"$lt": now - timedelta(days=1)}}
    return made > 20, await rows.count_documents(overdue) <= 10


async def test_it_leaves_something_on_every_list_and_is_played_once(mongo_uri: str, tmp_path: Path) -> None:
    name = f"test_{token_hex(6)}"
    async with demo_at(WEDNESDAY_AFTERNOON, mongo_uri, tmp_path, name) as demo:
        services, now = demo.app.services, demo.app.clock.now()
        assert abs(now - WEDNESDAY_AFTERNOON) < NOW_AND_THEN
        assert demo.platform.clock.shift == demo.app.clock.shift

        # what needs somebody today
        numbers = {number.topic: number.count for number in await services.board.numbers(now)}
        assert {topic for topic in Topic if not numbers[topic]} <= {Topic.DANGERS, Topic.COMPLAINTS}

        # people, by the import, by reception and by WeChat; all of them invented
        made = await counts(demo)
        assert 180 <= made["patients"] <= 210
        rows = await demo.app.database.collection("patients").find({"phone": {"$ne": None}}, {"_id": 1}).to_list(None)
        people = await demo.app.stores.patients.patients([row["_id"] for row in rows])
        assert {patient.phone[:7] for patient in people.values() if patient.phone} == {"+861990"[:7]}
        assert len((await services.patient_lists.newcomers("", by=SYSTEM)).contacts) >= 5

        # visits that were kept, missed, cancelled, and are to come
        assert await states(demo, "appointments") == {state.value for state in AppointmentState}
        assert await demo.app.database.collection("appointments").count_documents({"moved_from": {"$ne": None}}) > 0

        # talks that colleagues ended, with a farewell where the patient needed nothing more, and some that wait
        assert await states(demo, "episodes") == {EpisodeState.CLOSED.value, EpisodeState.WAITING.value}
        endings = set(await demo.app.database.collection("episodes").distinct("ending.kind"))
        assert EndingKind.GREETING.value in endings
        unanswered = {"state": EpisodeState.CLOSED.value, "first_reply_at": None}
        assert await demo.app.database.collection("episodes").count_documents(unanswered) == 0

        # calls that care plans asked for: most were made, few are late
        assert await calls(demo, now) == (True, True)

        # follow-ups open and closed, messages that left and that did not
        assert await states(demo, "followups") >= {FollowUpState.OPEN.value, FollowUpState.DONE.value}
        assert await states(demo, "outbox") >= {"accepted", "delivered", "failed", "unknown"}

        # one broadcast that ran, with who got it; one that waits
        broadcasts = {each.state: each for each in await services.broadcasts.newest(by=SYSTEM)}
        assert broadcasts.keys() == {BroadcastState.DONE, BroadcastState.WAITING}
        assert (await services.broadcasts.progress(broadcasts[BroadcastState.DONE], by=SYSTEM)).sent > 10

        # wordings that wait, files, codes that were scanned, and who did it all
        assert len(await services.template_editor.waiting(by=SYSTEM)) == 1
        assert [each.state for each in await services.imports.newest(by=SYSTEM)] == [ImportState.DONE]
        assert len(await services.exports.newest(by=SYSTEM)) == 1
        assert all(scene.scans > 0 for scene in await services.account.scenes.listed(by=SYSTEM))
        entries = await services.audit.entries(Filter(), by=SYSTEM, limit=500)
        assert {entry.name for entry in entries} >= set(NAMES.values())
        proof = await services.audit.verify(by=SYSTEM)
        assert (proof.holds, proof.anchored) == (True, True)

        # aftercare was answered, birthdays were wished
        lines = demo.app.database.collection("interactions")
        assert await lines.count_documents({"kind": Kind.MESSAGE_SENT.value, "payload.template": "birthday.wish"}) > 0
        assert await demo.app.database.collection("followups").count_documents({"key": {"$regex": "^care_answer"}}) > 0

        # and the pages say so
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            browser = Browser(session, demo.clinic_url)
            await browser.get("/console/sign-in")
            await browser.post("/console/sign-in", {"login": Role.ADMIN.value, "password": PASSWORD})
            pages = {path: await browser.get(path) for path in LISTS}
        assert {path: page.status for path, page in pages.items() if page.status != 200} == {}
        assert [path for path, page in pages.items() if NOTHING in page.text] == []

    async with demo_at(WEDNESDAY_AFTERNOON, mongo_uri, tmp_path, name) as demo:
        assert demo.fortnight is None
        assert {each: made[each] for each in ("patients", "contacts", "imports", "exports")} == {
            each: number
            for each, number in (await counts(demo)).items()
            if each in {"patients", "contacts", "imports", "exports"}
        }
        assert len(demo.platform.people) > 100
        await dropped(demo)


async def test_it_ends_in_the_night_of_a_holiday_too_with_nothing_in_the_future(
    mongo_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full_length: bool
) -> None:
    moment, length = NEW_YEARS_NIGHT, agenda.DAYS if full_length else 5
    for module in (agenda, fortnight):
        monkeypatch.setattr(module, "DAYS", length)
    async with demo_at(moment, mongo_uri, tmp_path, f"test_{token_hex(6)}") as demo:
        clinic, now, zone = demo.app.services.clinic, demo.app.clock.now(), ZONE
        assert abs(now - moment) < NOW_AND_THEN
        lines = demo.app.database.collection("interactions")
        assert await lines.count_documents({"at": {"$gt": now}}) == 0
        assert await demo.app.database.collection("audit").count_documents({"at": {"$gt": now}}) == 0
        visits = await demo.app.database.collection("appointments").find({}).to_list(None)
        days: set[date] = {row["start"].astimezone(zone).date() for row in visits}
        assert all(any(openings(clinic, person, day) for person in clinic.practitioners) for day in days)
        assert max(days) > now.astimezone(zone).date()
        assert min(days) < now.astimezone(zone).date() - timedelta(days=length * 2 / 3)
        assert demo.fortnight is not None
        # a visit may be cancelled while reception is about to confirm it; the clinic's rules refuse nothing else
        assert [each for each in demo.fortnight.refused if not each.startswith("TooLateError")] == []
        await dropped(demo)


async def test_a_fortnight_cut_short_ends_at_the_present(mongo_uri: str, tmp_path: Path) -> None:
    name = f"test_{token_hex(6)}"
    settings = Settings.model_construct(
        mongodb_uri=SecretStr(mongo_uri), mongodb_database=name, data_dir=tmp_path, http_port=free_port()
    )
    async with open_demo(settings, free_port(), with_past=True) as demo:
        assert demo.app.clock.shift < timedelta(days=-13)  # not played: as if the process had been killed
    async with open_demo(settings, free_port(), with_past=True) as demo:
        assert demo.fortnight is None
        assert demo.app.clock.shift == demo.platform.clock.shift == timedelta(0)
        await dropped(demo)
