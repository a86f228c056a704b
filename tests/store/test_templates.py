"""Templates over a real database: seeding, the way of a draft, moments of effect, several processes at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import ManualClock
from tests.encryption import KEYS
from wxbot.actors import Actor
from wxbot.approval import SelfApprovalError
from wxbot.audit.service import AuditTrail
from wxbot.audit.store import AuditStore
from wxbot.database import Database
from wxbot.errors import ForbiddenError, NotFoundError, StaleError
from wxbot.messaging import Channel, Purpose
from wxbot.staff.permissions import Role, permissions_of
from wxbot.templates.bindings import Bindings
from wxbot.templates.editor import TemplateEditor
from wxbot.templates.models import Binding, Card, Template, TemplateUsage, Variable
from wxbot.templates.ports import AccountTemplate
from wxbot.templates.records import Content, Stage, TemplateRecord, content_of
from wxbot.templates.refusals import TemplateError, UnsendableError
from wxbot.templates.service import Templates
from wxbot.templates.store import TemplateStore
from wxbot.workflow import NotNowError

ZONE = ZoneInfo("Asia/Shanghai")
ANNA = Actor(id="anna", name="安主管", permissions=permissions_of(Role.MANAGER))
BO = Actor(id="bo", name="薄主管", permissions=permissions_of(Role.MANAGER))
OWNER = Actor(id="owner", name="管理员", permissions=permissions_of(Role.ADMIN))
DESK = Actor(id="desk", name="前台", permissions=permissions_of(Role.RECEPTION))
NAME = Variable(
    name="name", meaning="就诊人姓名", example="张三", shortest="王一", longest="阿依古丽", may_be_empty=True
)
CARD = Card(template_id="TPL", title="提醒", fields={"thing1": "就诊提醒"})
FIRST = Template(
    key="care.hello", purpose=Purpose.CARE, text="{name}您好", fallbacks={"name": "您"}, template_card=CARD, name="问候"
)
OTHER = Template(key="care.bye", purpose=Purpose.CARE, text="再见", name="道别")
BINDING = Binding(id="TPL", kind=Channel.TEMPLATE, template_id="account-1")
USES = {key: TemplateUsage(event="试验", variables=frozenset({"name"})) for key in ("care.hello", "care.bye")}


class Account:
    """The platform's list, as a test wants it."""

    def __init__(self, *templates: AccountTemplate) -> None:
        self.templates = templates

    async def template_list(self) -> Sequence[AccountTemplate]:
        return self.templates


class Process:
    """One process of the service: its own templates over the shared database."""

    def __init__(self, database: Database, *files: Template, self_approval: bool = False) -> None:
        self.store = TemplateStore(database)
        self.audit = AuditTrail(AuditStore(database), timezone=ZONE, keys=KEYS)
        self.templates = Templates(files or (FIRST, OTHER), {}, bindings=[BINDING], store=self.store)
        self.editor = TemplateEditor(
            self.store,
            templates=self.templates,
            audit=self.audit,
            variables={"name": NAME},
            uses=USES,
            self_approval=self_approval,
        )

    def bindings(self, *templates: AccountTemplate) -> Bindings:
        return Bindings(self.store, templates=self.templates, account=Account(*templates), audit=self.audit)

    async def approved(self, text: str, clock: ManualClock, key: str = "care.hello") -> TemplateRecord:
        """Write, submit and have approved."""
        kept = await self.editor.get(key, by=ANNA)
        content = replace(self.editor.content_now(kept), text=text)
        kept = await self.editor.save(key, content, by=ANNA, revision=kept.revision, now=clock.now())
        kept = await self.editor.submit(key, by=ANNA, revision=kept.revision, now=clock.now())
        return await self.editor.approve(key, by=BO, revision=kept.revision, now=clock.now())

    def text(self, key: str = "care.hello") -> str:
        return self.templates.get(key).text


@pytest.fixture
async def process(database: Database, clock: ManualClock) -> Process:
    process = Process(database)
    await database.create_indexes([process.store, AuditStore(database)])
    await process.templates.seed(clock.now())
    return process


# -- from the files -------------------------------------------------------------------------------------------------


async def test_without_a_database_the_files_are_said() -> None:
    templates = Templates([FIRST], {})
    assert (templates.get("care.hello"), templates.name_of("care.hello"), templates.name_of("x")) == (
        FIRST,
        "问候",
        "x",
    )


async def test_several_processes_seed_the_same_files_once(database: Database, clock: ManualClock) -> None:
    processes = [Process(database) for _ in range(4)]
    await database.create_indexes([processes[0].store])
    await asyncio.gather(*(each.templates.seed(clock.now()) for each in processes))
    await processes[0].templates.seed(clock.now())
    kept = await processes[0].store.all()
    assert [(each.id, each.last_number, len(each.live)) for each in kept] == [("care.bye", 1, 1), ("care.hello", 1, 1)]
    assert await database.collection("template_versions").count_documents({}) == 2


async def test_a_changed_file_becomes_the_next_version_once(
    database: Database, clock: ManualClock, process: Process
) -> None:
    changed = replace(FIRST, text="{name}，早上好")
    newer = [Process(database, changed, OTHER) for _ in range(3)]
    await asyncio.gather(*(each.templates.seed(clock.now()) for each in newer))
    assert [(each.templates.get("care.hello").version, each.text()) for each in newer] == [(2, "{name}，早上好")] * 3
    await process.templates.refresh(clock.now())
    assert process.text() == "{name}，早上好"


async def test_what_was_written_in_the_console_wins_over_a_changed_file(
    database: Database, clock: ManualClock, process: Process
) -> None:
    kept = await process.approved("{name}，下午好", clock)
    await process.editor.publish("care.hello", by=ANNA, revision=kept.revision, now=clock.now())
    newer = Process(database, replace(FIRST, text="{name}，早上好"), OTHER)
    await newer.templates.seed(clock.now())
    assert newer.text() == "{name}，下午好"
    file = newer.templates.file_template("care.hello")
    assert file is not None
    assert file.text == "{name}，早上好"


async def test_a_draft_keeps_a_changed_file_waiting(database: Database, clock: ManualClock, process: Process) -> None:
    content = replace(content_of(FIRST), text="草稿")
    await process.editor.save("care.hello", content, by=ANNA, revision=1, now=clock.now())
    newer = Process(database, replace(FIRST, text="{name}，早上好"), OTHER)
    await newer.templates.seed(clock.now())
    assert newer.text() == "{name}您好"


# -- the way of a draft ---------------------------------------------------------------------------------------------


async def test_nobody_writes_without_the_permission(clock: ManualClock, process: Process) -> None:
    with pytest.raises(ForbiddenError):
        await process.editor.save("care.hello", content_of(FIRST), by=DESK, revision=1, now=clock.now())
    with pytest.raises(ForbiddenError):
        await process.editor.create(by=DESK, name="x", purpose=Purpose.CARE, now=clock.now())


async def test_ones_own_draft_is_approved_by_somebody_else(clock: ManualClock, process: Process) -> None:
    kept = await process.editor.save(
        "care.hello", replace(content_of(FIRST), text="新"), by=ANNA, revision=1, now=clock.now()
    )
    with pytest.raises(NotNowError, match="待审批"):
        await process.editor.approve("care.hello", by=BO, revision=kept.revision, now=clock.now())
    kept = await process.editor.submit("care.hello", by=ANNA, revision=kept.revision, now=clock.now())
    with pytest.raises(NotNowError, match="已经提交"):
        await process.editor.submit("care.hello", by=ANNA, revision=kept.revision, now=clock.now())
    with pytest.raises(SelfApprovalError, match="另一位同事"):
        await process.editor.approve("care.hello", by=ANNA, revision=kept.revision, now=clock.now())
    with pytest.raises(NotNowError, match="审批通过"):
        await process.editor.publish("care.hello", by=ANNA, revision=kept.revision, now=clock.now())
    kept = await process.editor.approve("care.hello", by=BO, revision=kept.revision, now=clock.now())
    version = await process.editor.publish("care.hello", by=ANNA, revision=kept.revision, now=clock.now())
    assert (version.author.by, version.approved and version.approved.by, version.published.by) == (
        "staff:anna",
        "staff:bo",
        "staff:anna",
    )
    assert process.templates.get("care.hello").version == 2


async def test_nobody_who_touched_a_draft_approves_it_whoever_changed_it_last(
    clock: ManualClock, process: Process
) -> None:
    key, edit = "care.hello", process.editor
    kept = await edit.save(key, replace(content_of(FIRST), text="安写的"), by=ANNA, revision=1, now=clock.now())
    kept = await edit.save(
        key, replace(content_of(FIRST), text="安写的。"), by=BO, revision=kept.revision, now=clock.now()
    )
    kept = await edit.submit(key, by=OWNER, revision=kept.revision, now=clock.now())
    for by in (ANNA, BO, OWNER):  # wrote it, put a stop behind it, submitted it
        with pytest.raises(SelfApprovalError):
            await edit.approve(key, by=by, revision=kept.revision, now=clock.now())
    kept = await edit.return_for_changes(key, by=OWNER, revision=kept.revision, now=clock.now(), comment="再改")
    kept = await edit.submit(key, by=BO, revision=kept.revision, now=clock.now())
    for by in (ANNA, BO, OWNER):
        with pytest.raises(SelfApprovalError):
            await edit.approve(key, by=by, revision=kept.revision, now=clock.now())
    fourth = replace(OWNER, id="fourth", name="第四位")
    assert (await edit.approve(key, by=fourth, revision=kept.revision, now=clock.now())).stage is Stage.APPROVED


async def test_a_draft_from_before_knows_its_last_author_at_least(clock: ManualClock, process: Process) -> None:
    kept = await process.editor.save(
        "care.hello", replace(content_of(FIRST), text="新"), by=ANNA, revision=1, now=clock.now()
    )
    assert kept.draft is not None
    assert replace(kept.draft, touched=()).authors == {ANNA.by}


async def test_a_clinic_of_one_may_approve_itself_and_the_audit_says_so(database: Database, clock: ManualClock) -> None:
    alone = Process(database, self_approval=True)
    await database.create_indexes([alone.store, AuditStore(database)])
    await alone.templates.seed(clock.now())
    kept = await alone.editor.save(
        "care.hello", replace(content_of(FIRST), text="新"), by=OWNER, revision=1, now=clock.now()
    )
    kept = await alone.editor.submit("care.hello", by=OWNER, revision=kept.revision, now=clock.now())
    kept = await alone.editor.approve("care.hello", by=OWNER, revision=kept.revision, now=clock.now())
    version = await alone.editor.publish("care.hello", by=OWNER, revision=kept.revision, now=clock.now())
    assert version.self_approved
    entry = await database.collection("audit").find_one({"action": "template:self_approved"})
    assert entry is not None
    assert "自己审批了自己写的模板" in entry["summary"]


async def test_changing_an_approved_draft_takes_the_approval_away(clock: ManualClock, process: Process) -> None:
    kept = await process.approved("新", clock)
    content = replace(process.editor.content_now(kept), text="偷偷改过")
    kept = await process.editor.save("care.hello", content, by=ANNA, revision=kept.revision, now=clock.now())
    assert kept.stage is Stage.DRAFT
    with pytest.raises(NotNowError, match="审批通过"):
        await process.editor.publish("care.hello", by=ANNA, revision=kept.revision, now=clock.now())


async def test_of_two_editors_the_second_is_told(clock: ManualClock, process: Process) -> None:
    async def write(by: Actor) -> TemplateRecord:
        content = replace(content_of(FIRST), text=by.name)
        return await process.editor.save("care.hello", content, by=by, revision=1, now=clock.now())

    results = await asyncio.gather(write(ANNA), write(BO), return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["StaleError", "TemplateRecord"]


async def test_two_taps_publish_once(clock: ManualClock, process: Process) -> None:
    kept = await process.approved("新", clock)
    tap = process.editor.publish
    results = await asyncio.gather(
        *(tap("care.hello", by=ANNA, revision=kept.revision, now=clock.now()) for _ in range(3)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in results) == ["StaleError", "StaleError", "Version"]
    assert (await process.editor.get("care.hello", by=ANNA)).last_number == 2


@pytest.mark.parametrize("text", ["{nmae}您好", "{", ""])
async def test_what_cannot_be_sent_is_not_submitted(clock: ManualClock, process: Process, text: str) -> None:
    content = replace(content_of(FIRST), text=text)
    kept = await process.editor.save("care.hello", content, by=ANNA, revision=1, now=clock.now())
    with pytest.raises(UnsendableError):
        await process.editor.submit("care.hello", by=ANNA, revision=kept.revision, now=clock.now())


# -- versions ---------------------------------------------------------------------------------------------------------


async def test_a_version_is_said_from_its_moment_on_in_every_process(
    database: Database, clock: ManualClock, process: Process
) -> None:
    other = Process(database)
    await other.templates.seed(clock.now())
    kept = await process.approved("明天的话", clock)
    tomorrow = clock.now() + timedelta(days=1)
    await process.editor.publish(
        "care.hello", by=ANNA, revision=kept.revision, now=clock.now(), effective_from=tomorrow
    )
    for each in (process, other):
        await each.templates.refresh(clock.now())
        assert each.text() == "{name}您好"
    clock.move(timedelta(days=1))
    for each in (process, other):
        assert await each.templates.refresh(clock.now())
        assert (each.text(), each.templates.get("care.hello").version) == ("明天的话", 2)
    assert not await other.templates.refresh(clock.now())


async def test_a_later_publication_ends_a_scheduled_one(clock: ManualClock, process: Process) -> None:
    kept = await process.approved("明天的话", clock)
    tomorrow = clock.now() + timedelta(days=1)
    await process.editor.publish(
        "care.hello", by=ANNA, revision=kept.revision, now=clock.now(), effective_from=tomorrow
    )
    kept = await process.approved("今天的话", clock)
    await process.editor.publish("care.hello", by=ANNA, revision=kept.revision, now=clock.now())
    clock.move(timedelta(days=2))
    await process.templates.refresh(clock.now())
    assert (process.text(), process.templates.get("care.hello").version) == ("今天的话", 3)


async def test_an_old_version_comes_back_as_a_new_one_without_asking_again(
    clock: ManualClock, process: Process
) -> None:
    kept = await process.approved("新", clock)
    await process.editor.publish("care.hello", by=ANNA, revision=kept.revision, now=clock.now())
    kept = await process.editor.get("care.hello", by=ANNA)
    version = await process.editor.restore_version("care.hello", 1, by=ANNA, revision=kept.revision, now=clock.now())
    assert (version.number, version.copy_of, process.text()) == (3, 1, "{name}您好")
    versions = await process.editor.versions("care.hello", by=ANNA)
    assert [(each.number, each.content.text) for each in versions] == [(3, "{name}您好"), (2, "新"), (1, "{name}您好")]
    with pytest.raises(NotFoundError):
        await process.editor.restore_version("care.hello", 9, by=ANNA, revision=kept.revision + 1, now=clock.now())


async def test_a_needed_template_is_not_retired_and_an_own_one_is(clock: ManualClock, process: Process) -> None:
    with pytest.raises(TemplateError, match="系统必需"):
        await process.editor.retire("care.hello", by=ANNA, revision=1, now=clock.now())
    kept = await process.editor.create(by=ANNA, name="春季活动", purpose=Purpose.MARKETING, now=clock.now())
    again = await process.editor.create(by=ANNA, name="春季活动", purpose=Purpose.MARKETING, now=clock.now())
    assert (kept.id, again.id) == ("own.chun_ji_huo_dong", "own.chun_ji_huo_dong_2")
    retired = await process.editor.retire(kept.id, by=ANNA, revision=kept.revision, now=clock.now())
    assert retired.retired_at == clock.now()


async def test_a_malformed_thing_in_the_database_leaves_the_earlier_wording(
    database: Database, clock: ManualClock, process: Process
) -> None:
    await database.collection("template_versions").update_one({"_id": "care.hello:1"}, {"$set": {"content.text": "{"}})
    await process.templates.refresh(clock.now(), at_once=True)
    assert process.text() == "{name}您好"


# -- bindings ---------------------------------------------------------------------------------------------------------

THEIRS = AccountTemplate(id="account-2", title="新提醒", kind=Channel.TEMPLATE, fields=(("thing9", "事项"),))


async def test_a_binding_counts_at_once_here_and_after_a_look_elsewhere(
    database: Database, clock: ManualClock, process: Process
) -> None:
    other = Process(database)
    await other.templates.seed(clock.now())
    desk = process.bindings(THEIRS)
    await desk.bind("TPL", "account-2", {"thing1": "thing9"}, by=OWNER, revision=1, now=clock.now())
    await other.templates.refresh(clock.now())
    for each in (process, other):
        card = each.templates.render("care.hello", {"name": "张三"}).template_card
        assert card is not None
        assert (card.template_id, card.fields) == ("account-2", {"thing9": "就诊提醒"})


async def test_a_binding_that_would_be_refused_by_the_platform_is_refused_here(
    clock: ManualClock, process: Process
) -> None:
    time = AccountTemplate(id="t", title="时间", kind=Channel.TEMPLATE, fields=(("time1", "时间"),))
    more = AccountTemplate(id="m", title="多", kind=Channel.TEMPLATE, fields=(("thing1", "事项"), ("thing2", "地点")))
    notice = AccountTemplate(id="n", title="订阅", kind=Channel.NOTICE, fields=(("thing1", "事项"),))
    desk = process.bindings(time, more, notice)
    for template_id, field_map, words in (
        ("t", {"thing1": "time1"}, "放不进"),
        ("m", {}, "「地点」"),
        ("n", {}, "要绑定模板消息"),
        ("gone", {}, "没有这个模板"),
    ):
        with pytest.raises(TemplateError, match=words):
            await desk.bind("TPL", template_id, field_map, by=OWNER, revision=1, now=clock.now())
    with pytest.raises(ForbiddenError):
        await desk.bind("TPL", "m", {}, by=ANNA, revision=1, now=clock.now())
    with pytest.raises(StaleError):
        await desk.bind("TPL", "m", {}, by=OWNER, revision=7, now=clock.now())


async def test_a_template_that_left_the_account_is_told(process: Process) -> None:
    state = await process.bindings().state("TPL", [], by=OWNER)
    assert state.problems == ("公众号里已经没有这个模板，请重新绑定",)
    assert state.used_by == ("问候",)


async def test_content_is_kept_as_it_was_written(clock: ManualClock, process: Process) -> None:
    content = Content(
        name=" 问候 ",
        text="  {name}您好\n第二行  ",
        fallbacks={"name": "您", "unused": "x"},
        notice_card=Card(template_id="", title="", fields={"thing1": "提示"}),
    )
    await process.editor.save("care.hello", content, by=ANNA, revision=1, now=clock.now())
    kept = await process.editor.get("care.hello", by=ANNA)
    assert kept.draft is not None
    assert kept.draft.content == replace(content, name="问候", text="{name}您好\n第二行", fallbacks={"name": "您"})


async def test_a_draft_survives_that_an_old_version_is_brought_back(clock: ManualClock, process: Process) -> None:
    kept = await process.approved("新", clock)
    await process.editor.publish("care.hello", by=ANNA, revision=kept.revision, now=clock.now())
    kept = await process.editor.get("care.hello", by=BO)
    written = replace(content_of(FIRST), text="小博正在写的话")
    kept = await process.editor.save("care.hello", written, by=BO, revision=kept.revision, now=clock.now())
    await process.editor.restore_version("care.hello", 1, by=ANNA, revision=kept.revision, now=clock.now())
    kept = await process.editor.get("care.hello", by=BO)
    assert (kept.stage, kept.draft and kept.draft.content.text) == (Stage.DRAFT, "小博正在写的话")
    assert process.text() == "{name}您好"
