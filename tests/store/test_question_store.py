"""Frequent questions over a real mongod: what files add, what staff changed, two processes, unknown questions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.clinics import FixedClinic
from tests.conftest import ManualClock
from tests.encryption import KEYS
from wxbot.actors import COMMAND_LINE, Actor
from wxbot.audit.service import AuditTrail
from wxbot.audit.store import AuditStore
from wxbot.clinic.models import Clinic
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, StaleError
from wxbot.history.models import ContactId
from wxbot.quality.service import Quality
from wxbot.questions.live import LiveQuestions
from wxbot.questions.models import FileQuestion, Question, QuestionId
from wxbot.questions.service import Questions
from wxbot.questions.store import QuestionStore
from wxbot.understanding.message import normalise
from wxbot.understanding.questions import QuestionIndex

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
CLINIC = Clinic(
    name="晨光诊所",
    address="晨光路1号",
    phone="010-0000-0000",
    privacy_contact="privacy@example.com",
    timezone=ZONE,
    visit_types=(),
    practitioners=(),
)
PARKING = Question(
    id=QuestionId("parking"), question="可以停车吗？", answer="请致电 {clinic_phone}。", reviewed_by="前台负责人"
)
INVOICE = Question(id=QuestionId("invoice"), question="能开发票吗？", answer="可以。", reviewed_by="前台负责人")
FILES = (FileQuestion(question=PARKING, review_months=12), FileQuestion(question=INVOICE, review_months=6))
READER = Actor(id="r", name="小林", permissions=frozenset({"settings:question:read"}))
EDITOR = Actor(id="e", name="小周", permissions=frozenset({"settings:question:read", "settings:question:edit"}))
LILI, MEI = ContactId("lili"), ContactId("mei")


@dataclass
class Process:
    """What one process holds of the questions."""

    database: Database
    clock: ManualClock
    files: Sequence[FileQuestion] = FILES

    def __post_init__(self) -> None:
        self.store = QuestionStore(self.database)
        audit = AuditTrail(AuditStore(self.database), timezone=ZONE, keys=KEYS)
        clinics = FixedClinic(CLINIC)
        self.live = LiveQuestions(self.store, self.files, audit=audit, clinics=clinics, clock=self.clock)
        self.questions = Questions(
            self.live,
            audit=audit,
            clinics=clinics,
            lexicon=Quality(()),
            clock=self.clock,
            find=lambda text: QuestionIndex(self.live.matched).find(normalise(text)),
        )

    async def deeds(self) -> list[tuple[str, str]]:
        rows = await self.database.collection("audit").find({}).sort("seq", 1).to_list(None)
        return [(row["action"], row["subject"]) for row in rows]


@pytest.fixture
async def process(database: Database, clock: ManualClock) -> Process:
    await database.create_indexes([QuestionStore, AuditStore])  # type: ignore[list-item]
    made = Process(database, clock)
    await made.live.start(NOW)
    return made


async def test_before_the_database_is_there_the_files_count(database: Database, clock: ManualClock) -> None:
    process = Process(database, clock)
    assert [each.id for each in process.live.matched] == ["parking", "invoice"]


async def test_what_the_files_have_is_taken_once(process: Process) -> None:
    before = await process.store.read()
    await process.live.start(NOW + timedelta(days=40))
    assert await process.store.read() == before
    assert [each.value.reviewed_until for each in before] == [date(2027, 11, 23), date(2027, 5, 23)]
    assert await process.deeds() == [("settings:seeded", "settings:questions")]


async def test_what_only_files_wrote_follows_them_and_what_staff_changed_does_not(process: Process) -> None:
    kept = await process.questions.one("invoice", by=COMMAND_LINE)
    own = replace(kept.value, answer="找前台。")
    await process.questions.save(own, kept.revision, review_until=date(2027, 1, 1), by=COMMAND_LINE, now=NOW)
    newer = [replace(each, question=replace(each.question, answer="新的。")) for each in FILES]
    later = Process(process.database, process.clock, newer)
    await later.live.start(NOW)
    answers = {each.id: each.value.answer for each in await later.store.read()}
    assert answers == {"parking": "新的。", "invoice": "找前台。"}


async def test_what_staff_removed_is_not_taken_again(process: Process) -> None:
    kept = await process.questions.one("parking", by=COMMAND_LINE)
    await process.questions.remove("parking", kept.revision, by=COMMAND_LINE, now=NOW)
    await process.live.start(NOW)
    assert [each.id for each in await process.store.read()] == ["invoice"]
    assert ("settings:deleted", "question:parking") in await process.deeds()


async def test_another_process_takes_over_what_changed_and_keeps_the_object_otherwise(process: Process) -> None:
    other = Process(process.database, process.clock)
    await other.live.start(NOW)
    same = other.live.matched
    assert await other.live.refresh(NOW) is False
    assert other.live.matched is same
    kept = await process.questions.one("parking", by=COMMAND_LINE)
    changed = replace(kept.value, answer="停对面。")
    await process.questions.save(changed, kept.revision, review_until=date(2027, 1, 1), by=COMMAND_LINE, now=NOW)
    assert await other.live.refresh(NOW) is True
    assert other.questions.answer("parking", (), NOW) == process.questions.answer("parking", (), NOW)
    assert other.live.matched is same  # nothing that messages are compared with has changed


async def test_two_editors_do_not_overwrite_each_other(process: Process) -> None:
    kept = await process.questions.one("parking", by=COMMAND_LINE)
    await process.questions.save(replace(kept.value, answer="一。"), kept.revision, by=COMMAND_LINE, now=NOW)
    with pytest.raises(StaleError):
        await process.questions.save(replace(kept.value, answer="二。"), kept.revision, by=COMMAND_LINE, now=NOW)
    with pytest.raises(StaleError):
        await process.questions.remove("parking", kept.revision, by=COMMAND_LINE, now=NOW)


async def test_a_change_without_a_review_is_a_draft_that_is_not_said(process: Process) -> None:
    kept = await process.questions.one("parking", by=EDITOR)
    await process.questions.save(replace(kept.value, answer="一。"), kept.revision, by=EDITOR, now=NOW)
    assert process.questions.answer("parking", (), NOW) is None
    assert [each.id for each in process.live.matched] == ["invoice"]


async def test_the_same_words_again_change_nothing(process: Process) -> None:
    kept = await process.questions.one("parking", by=EDITOR)
    typed = replace(kept.value, reviewed_by="", reviewed_until=None)  # what a form sends
    assert await process.questions.save(typed, kept.revision, by=EDITOR, now=NOW) == kept


async def test_a_review_needs_the_permission_and_names_the_reviewer(process: Process) -> None:
    kept = await process.questions.one("parking", by=EDITOR)
    until = date(2027, 1, 1)
    with pytest.raises(ForbiddenError):
        await process.questions.save(kept.value, kept.revision, review_until=until, by=EDITOR, now=NOW)
    with pytest.raises(ForbiddenError):
        await process.questions.save(kept.value, kept.revision, by=READER, now=NOW)
    after = await process.questions.save(kept.value, kept.revision, review_until=until, by=COMMAND_LINE, now=NOW)
    assert (after.value.reviewed_by, after.value.reviewed_until) == (COMMAND_LINE.name, until)
    assert ("question:reviewed", "question:parking") in await process.deeds()


async def test_after_the_last_day_of_its_review_an_answer_is_no_longer_said_but_still_understood(
    process: Process,
) -> None:
    last = datetime(2027, 11, 23, 15, 59, tzinfo=UTC)  # 23:59 in the clinic
    assert process.questions.answer("parking", (), last) is not None
    assert process.questions.answer("parking", (), last + timedelta(minutes=1)) is None
    await process.live.refresh(last + timedelta(days=3), always=True)
    assert "parking" in [each.id for each in process.live.matched]
    listed = await process.questions.listed(by=READER, now=last + timedelta(days=3))
    assert listed[0].state == "expired"


async def test_a_new_question_needs_an_id_and_a_sentence_of_its_own(process: Process) -> None:
    with pytest.raises(FieldErrors) as refused:
        await process.questions.add(replace(PARKING, id=QuestionId("other")), by=EDITOR, now=NOW)
    assert set(refused.value.fields) == {"question"}
    with pytest.raises(FieldErrors):
        await process.questions.add(replace(PARKING, question="别的？"), by=EDITOR, now=NOW)
    with pytest.raises(NotFoundError):
        await process.questions.one("nowhere", by=EDITOR)


async def test_the_same_asking_of_one_contact_is_counted_and_of_two_is_grouped(process: Process) -> None:
    for contact, words in ((LILI, "WiFi密码是多少"), (LILI, "wifi密码是多少？"), (MEI, "WiFi密码多少")):
        assert await process.questions.note_unknown(words, contact, NOW)
    assert not await process.questions.note_unknown("我到了", MEI, NOW)
    (group,) = await process.questions.unknown(by=READER)
    assert (group.count, group.people) == (3, 2)


async def test_what_a_contact_asked_goes_with_the_contact(process: Process) -> None:
    for contact in (LILI, MEI):
        await process.questions.note_unknown("WiFi密码是多少", contact, NOW)
    assert await process.questions.erase(LILI) == 1
    (group,) = await process.questions.unknown(by=READER)
    assert group.people == 1


async def test_a_dismissed_group_is_gone_until_somebody_asks_again(process: Process) -> None:
    await process.questions.note_unknown("WiFi密码是多少", LILI, NOW)
    (group,) = await process.questions.unknown(by=READER)
    with pytest.raises(ForbiddenError):
        await process.questions.dismiss(group.members[0], by=READER, now=NOW)
    await process.questions.dismiss(group.members[0], by=EDITOR, now=NOW)
    assert await process.questions.unknown(by=READER) == []
    await process.questions.note_unknown("WiFi密码是多少", LILI, NOW)
    assert len(await process.questions.unknown(by=READER)) == 1


async def test_unknown_questions_are_forgotten_ninety_days_after_the_last_asking(process: Process) -> None:
    await process.questions.note_unknown("WiFi密码是多少", LILI, NOW)
    (row,) = await process.store.latest_unknown()
    assert abs(row.forget_at - process.clock.machine_now() - timedelta(days=90)) < timedelta(hours=1)
    (index,) = [each for each in QuestionStore.INDEXES if each.ttl_seconds is not None]
    assert [name for name, _ in index.keys] == ["forget_at"]


async def test_the_try_box_tells_the_rule_and_needs_the_right_to_read(process: Process) -> None:
    tried = process.questions.try_out("可以停车吗", by=READER, now=NOW)
    assert (tried.sure, tried.answer) == (True, "请致电 010-0000-0000。")
    assert tried.rule == "依据 常见问题 parking（得分 1.00）"
    with pytest.raises(ForbiddenError):
        process.questions.try_out("可以停车吗", by=Actor(id="n", name="无", permissions=frozenset()), now=NOW)
