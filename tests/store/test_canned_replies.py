"""Canned replies over a real mongod: what files add, what staff changed, private ones, two processes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from tests.auditing import audit_of
from tests.conftest import ManualClock
from wxbot.actors import Actor
from wxbot.canned_replies.live import LiveCannedReplies
from wxbot.canned_replies.models import CannedReply, CannedReplyId, StoredReply
from wxbot.canned_replies.service import MOST_PRIVATE, CannedReplies
from wxbot.canned_replies.store import CannedReplyStore
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, StaleError
from wxbot.quality.models import Entry, Severity
from wxbot.quality.service import Quality
from wxbot.staff.models import AccountId
from wxbot.staff.permissions import Role, permissions_of

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HELLO = CannedReply(id=CannedReplyId("hello"), title="您好", text="您好！", folder="接待")
WAIT = CannedReply(id=CannedReplyId("wait"), title="稍等", text="请稍等，{?时间}回复您。", folder="等待")
LEAD = Actor(id="m", name="陈主管", permissions=permissions_of(Role.MANAGER))
LI = Actor(id="r", name="小李", permissions=permissions_of(Role.RECEPTION))
DOCTOR = Actor(id="d", name="周医生", permissions=permissions_of(Role.CLINICIAN))
FORBIDDEN = Entry(
    category="over_promises",
    name="过度承诺",
    words=("包好",),
    severity=Severity.BLOCK,
    reason="做不到",
    source="服务规范",
    instead="我们会尽力",
)


@dataclass
class Process:
    """What one process holds of the canned replies."""

    database: Database
    clock: ManualClock
    files: Sequence[CannedReply] = (HELLO, WAIT)

    def __post_init__(self) -> None:
        audit = audit_of(self.database)
        self.live = LiveCannedReplies(CannedReplyStore(self.database), self.files, audit=audit, clock=self.clock)
        self.canned = CannedReplies(self.live, audit=audit, lexicon=Quality([FORBIDDEN]))

    def titles(self, by: Actor = LI, query: str = "") -> list[str]:
        return [each.reply.title for each in self.canned.search(query, {}, by=by)]


@pytest.fixture
async def process(database: Database, clock: ManualClock) -> Process:
    made = Process(database, clock)
    await made.live.start(NOW)
    return made


async def test_files_are_taken_once_and_followed_until_staff_change_them(process: Process, database: Database) -> None:
    await process.live.start(NOW)
    assert process.titles() == ["您好", "稍等"]
    kept = await process.canned.one("wait", by=LEAD)
    await process.canned.save(replace(WAIT, text="马上回来。"), kept.stored.revision, by=LEAD, now=NOW)
    newer = Process(database, process.clock, (replace(HELLO, text="您好呀！"), replace(WAIT, text="新的")))
    await newer.live.start(NOW)
    assert {each.reply.text for each in newer.canned.search("", {}, by=LI)} == {"您好呀！", "马上回来。"}


async def test_another_process_sees_a_change_after_its_look(process: Process, database: Database) -> None:
    other = Process(database, process.clock)
    await other.live.start(NOW)
    await process.canned.archive("hello", 1, by=LEAD, now=NOW)
    assert other.titles() == ["您好", "稍等"]
    assert await other.live.refresh()
    assert other.titles() == ["稍等"]
    assert not await other.live.refresh()  # the second look does nothing
    restored = await process.canned.restore("hello", 2, by=LEAD, now=NOW)
    assert restored.value == HELLO


async def test_a_private_one_is_its_owners_alone(process: Process) -> None:
    mine = CannedReply(id=CannedReplyId("mine"), title="我的", text="祝好。", folder="我的", owner=AccountId("r"))
    await process.canned.add(mine, by=LI, now=NOW)
    assert "我的" in process.titles(LI)
    assert "我的" not in process.titles(LEAD)
    with pytest.raises(NotFoundError):
        await process.canned.one("mine", by=LEAD)
    with pytest.raises(NotFoundError):
        await process.canned.archive("mine", 1, by=LEAD, now=NOW)
    with pytest.raises(ForbiddenError):  # nobody puts one into a colleague's list
        await process.canned.add(replace(mine, id=CannedReplyId("other")), by=replace(LI, id="x"), now=NOW)


async def test_shared_ones_are_changed_by_the_lead_alone(process: Process) -> None:
    with pytest.raises(ForbiddenError):
        await process.canned.add(replace(HELLO, id=CannedReplyId("new")), by=LI, now=NOW)
    with pytest.raises(ForbiddenError):
        await process.canned.save(replace(HELLO, text="嗨", owner=AccountId("r")), 1, by=LI, now=NOW)
    with pytest.raises(ForbiddenError):
        await process.canned.archive("hello", 1, by=LI, now=NOW)
    with pytest.raises(ForbiddenError):
        process.canned.search("", {}, by=DOCTOR)


async def test_what_may_not_be_said_is_not_kept(process: Process) -> None:
    for text in ("我们包好", "{docter}", ""):
        with pytest.raises(FieldErrors):
            await process.canned.save(replace(HELLO, text=text), 1, by=LEAD, now=NOW)
    assert (await process.canned.one("hello", by=LEAD)).stored.revision == 1


async def test_the_slower_of_two_editors_is_told(process: Process) -> None:
    await process.canned.save(replace(HELLO, text="早上好！"), 1, by=LEAD, now=NOW)
    with pytest.raises(StaleError):
        await process.canned.save(replace(HELLO, text="晚上好！"), 1, by=LEAD, now=NOW)


async def test_uses_are_counted_and_survive_an_edit(process: Process) -> None:
    await process.canned.use("wait", by=LI)
    await process.canned.use("wait", by=LI)
    await process.canned.use("gone", by=LI)
    await process.canned.save(replace(WAIT, title="请稍等"), 1, by=LEAD, now=NOW)
    assert (await process.canned.one("wait", by=LI)).uses == 2
    assert process.titles() == ["请稍等", "您好"]


async def test_nobody_keeps_more_private_ones_than_can_be_read(process: Process) -> None:
    for number in range(MOST_PRIVATE):
        mine = CannedReply(
            id=CannedReplyId(f"m{number}"), title=f"第{number}条", text="好。", folder="我", owner=AccountId("r")
        )
        await process.live.store.add(_stored(mine))
    extra = CannedReply(id=CannedReplyId("extra"), title="再一条", text="好。", folder="我", owner=AccountId("r"))
    with pytest.raises(FieldErrors):
        await process.canned.add(extra, by=LI, now=NOW)


def _stored(value: CannedReply) -> StoredReply:
    return StoredReply(id=value.id, value=value, revision=1, by="staff:r", by_name="小李", at=NOW)
