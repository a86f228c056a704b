"""The booking and appointment dialogs, spoken as a patient speaks, over real booking and the shipped wording."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from config.content import load_content
from handlers import appointments, booking, entrances, visit_news
from handlers.handoff import call_human
from tests.auditing import RECEPTION, audit_of
from tests.clinics import FixedClinic
from tests.encryption import KEYS
from tests.nobody_waits import NobodyWaits
from tests.unit.handlers.conftest import FakeChatDesk
from wxbot.booking.models import Appointment, AppointmentState
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.clinic.models import Block, Clinic, Practitioner, PractitionerId, VisitType, VisitTypeId, Weekday
from wxbot.database import Database
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog, choose
from wxbot.dispatch.router import first_match
from wxbot.dispatch.updates import MenuClicked, TextMessage, Update
from wxbot.followups.models import FollowUp, FollowUpId, FollowUpKind
from wxbot.history.models import ContactId, PatientId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.messaging import Purpose
from wxbot.patients.models import Contact, Patient
from wxbot.patients.relatives import Relatives
from wxbot.patients.service import Patients
from wxbot.patients.stores.patients import PatientStore
from wxbot.services import Services
from wxbot.templates.models import Template
from wxbot.templates.service import Templates
from wxbot.understanding.reader import Reader
from wxbot.understanding.words import WordList, WordLists
from wxbot.wechat.text import with_options

ZONE = ZoneInfo("Asia/Shanghai")
ENTRANCES = entrances.router_of(entrances.ENTRANCES)
ROUTERS = (ENTRANCES, visit_news.ROUTER, appointments.BY_WORDS, booking.ROUTER, appointments.ROUTER)
WORDS = WordLists(tuple(WordList(**each.model_dump()) for each in load_content().words.lists))
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday 10:00 at the clinic
TUESDAY, WEDNESDAY, FRIDAY = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 27)
TEMPLATES = Path(__file__).parents[2] / "config" / "templates"


def blocks(*spans: tuple[int, int]) -> tuple[Block, ...]:
    return tuple(Block(day=day, start=time(first), end=time(last)) for day in Weekday for first, last in spans)


def person(name_id: str, name: str, visit_types: Sequence[str], hours: tuple[Block, ...]) -> Practitioner:
    return Practitioner(
        id=PractitionerId(name_id),
        name=name,
        title="主治医师",
        speciality="口腔",
        room=f"{name_id}诊室",
        visit_types=tuple(VisitTypeId(each) for each in visit_types),
        hours=hours,
    )


CLINIC = Clinic(
    name="测试诊所",
    address="测试路1号",
    phone="0555-000-0188",
    privacy_contact="privacy@example.com",
    timezone=ZONE,
    visit_types=(
        VisitType(id=VisitTypeId("cleaning"), name="洗牙", minutes=30),
        VisitType(id=VisitTypeId("checkup"), name="口腔检查", minutes=30),
    ),
    practitioners=(
        person("wang", "王芳", ["cleaning", "checkup"], blocks((9, 12), (14, 18))),
        person("li", "李明", ["checkup"], blocks((9, 12))),
    ),
    horizon_days=14,
)


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


def shipped_templates() -> Templates:
    entries = [
        Template(
            key=entry["key"],
            purpose=Purpose(entry["purpose"]),
            text=entry["text"].strip(),
            fallbacks=entry.get("fallbacks", {}),
        )
        for name in ("booking.toml", "appointments.toml", "waitlist.toml", "errors.toml")
        for entry in tomllib.loads((TEMPLATES / name).read_text())["templates"]
    ]
    return Templates(entries, {"clinic_phone": CLINIC.phone, "clinic_address": CLINIC.address})


class AskedBefore:
    """Everybody was asked for name and telephone already."""

    async def may_ask(self, contact_id: ContactId, update_key: str) -> bool:
        return not (contact_id and update_key)


class OnePatientEach:
    """Every contact is their own patient; relatives are kept as they are in the product."""

    def __init__(self, store: PatientStore, history: History) -> None:
        self.store, self.relatives = store, Relatives(store, history)
        self.set_birthday = Patients(store, history).set_birthday
        self.phones = AskedBefore()

    async def self_patient(self, contact: Contact, now: datetime) -> Patient:
        return Patient(id=PatientId(f"patient-{contact.id}"), name=None, created_at=now, contact_id=contact.id)


@dataclass
class OpenedFollowUps:
    opened: list[dict[str, Any]] = field(default_factory=list)

    async def open(self, **facts: Any) -> FollowUp:
        self.opened.append(facts)
        told = {name: value for name, value in facts.items() if name != "now"}
        return FollowUp(id=FollowUpId("task"), opened_at=facts["now"], **told)

    async def open_of(self, _patients: object, _contacts: object) -> list[FollowUp]:
        return []


@dataclass
class Desk:
    clinic: Clinic
    booking: Booking
    templates: Templates
    patients: OnePatientEach
    followups: OpenedFollowUps
    reader: Reader
    chat: FakeChatDesk = field(default_factory=FakeChatDesk)
    waitlist: NobodyWaits = field(default_factory=NobodyWaits)


class Chat:
    """One patient's chat: what dispatch does with a message, without the platform."""

    def __init__(self, desk: Desk, who: str = "a") -> None:
        self.desk = desk
        self.contact = Contact(id=ContactId(who), openid=f"o{who}", alias="访客", created_at=NOW, following=True)
        self.dialog: Dialog | None = None
        self.reply: Reply | None = None
        self.now = NOW
        self._sent = 0

    async def say(self, text: str, key: str | None = None) -> str:
        return await self._send(TextMessage(**self._facts(key), text=text))

    async def tap(self, entry_id: str, key: str | None = None) -> str:
        options = self.dialog.options if self.dialog else ()
        label = next((option.label for option in options if option.id == entry_id), "旧的选项")
        return await self._send(TextMessage(**self._facts(key), text=label, menu_id=entry_id))

    async def click(self, menu_key: str) -> str:
        return await self._send(MenuClicked(**self._facts(None), name="CLICK", menu_key=menu_key))

    @property
    def labels(self) -> list[str]:
        return [option.label for option in self.reply.options] if self.reply else []

    @property
    def ids(self) -> list[str]:
        return [option.id for option in self.reply.options] if self.reply else []

    @property
    def template(self) -> str:
        return self.reply.template if self.reply else ""

    async def keep_contact(self) -> None:
        """Known to the database, as whoever writes to the clinic is."""
        await self.desk.patients.store.contacts.create([self.contact])

    async def upcoming(self) -> list[Appointment]:
        return await self.desk.booking.upcoming(self.contact.id, self.now)

    def _facts(self, key: str | None) -> dict[str, Any]:
        self._sent += 1
        return {
            "key": key or f"m:{self.contact.id}{self._sent}",
            "openid": self.contact.openid,
            "account": "gh_1",
            "created_at": self.now,
        }

    async def _send(self, update: Update) -> str:
        choice = None
        if self.dialog is not None and isinstance(update, TextMessage):
            choice = choose(self.dialog.options, update.text, update.menu_id)
        context = Context(
            update=update,
            contact=self.contact,
            services=cast("Services", self.desk),
            now=self.now,
            dialog=self.dialog,
            choice=choice,
        )
        found = first_match(ROUTERS, context)
        if found is None or found[1].handler is call_human:
            return "UNMATCHED"
        self.reply = await found[1].handler(context)
        assert self.reply is not None
        self.dialog = self.reply.dialog
        return self.desk.templates.render(self.reply.template, self.reply.variables, self.reply.options).text


@pytest.fixture
async def desk(database: Database) -> Desk:
    return await desk_of(database, CLINIC)


async def desk_of(database: Database, clinic: Clinic) -> Desk:
    store, lines = BookingStore(database), HistoryStore(database)
    await database.create_indexes([store, lines])
    booking = Booking(store, FixedClinic(clinic), history=History(lines), audit=audit_of(database))
    people = PatientStore(database, KEYS)
    await database.create_indexes([people])
    patients = OnePatientEach(people, History(lines))
    reader = Reader(clinic=lambda: clinic, words=lambda: WORDS, questions=lambda: ())
    return Desk(clinic, booking, shipped_templates(), patients, OpenedFollowUps(), reader)


@pytest.fixture
def chat(desk: Desk) -> Chat:
    return Chat(desk)


async def test_a_patient_books_by_tapping_entry_after_entry(chat: Chat) -> None:
    await chat.click("BOOK")
    assert chat.labels == ["洗牙", "口腔检查", "返回", "取消"]
    await chat.tap("bk:type:checkup")
    assert chat.labels == ["不限医生", "王芳医生 主治医师 口腔", "李明医生 主治医师 口腔", "返回", "取消"]
    await chat.tap("bk:who:any")
    assert chat.labels[:3] == ["今天 11月23日 周一", "明天 11月24日 周二", "后天 11月25日 周三"]
    assert chat.labels[-3:] == ["更多日期", "返回", "取消"]
    assert len(chat.labels) == 8 + 3
    await chat.tap("bk:day:2026-11-24")
    assert chat.labels[:2] == ["上午9:00", "上午9:30"]
    assert chat.ids[0] == "bk:time:any:2026-11-24T01:00Z"
    said = await chat.tap("bk:time:any:2026-11-24T01:00Z")

    assert said.startswith("约好了！\n明天 11月24日 周二 上午9:00\n王芳医生 · 口腔检查")
    assert "我的预约" in said
    assert chat.dialog is None
    (appointment,) = await chat.upcoming()
    assert (appointment.start, appointment.practitioner_id) == (local(TUESDAY, 9), "wang")


@pytest.mark.parametrize(
    ("day", "hour"),
    [("2", "上午10:00"), ("明天", "十点"), ("周二", "10:00"), ("11月24日", "上午10点"), ("２４号", "１０：００")],
)
async def test_a_patient_books_in_numbers_and_words(chat: Chat, day: str, hour: str) -> None:
    await chat.say("我要预约")
    await chat.say("我想洗牙")
    assert chat.template == "booking.choose_day"  # one practitioner: nobody is asked whom they want
    await chat.say(day)
    assert chat.template == "booking.choose_time"
    await chat.say(hour)
    if hour != "上午10:00":  # the words of an entry book at once, others are read back
        assert (chat.template, await chat.upcoming()) == ("booking.confirm", [])
        await chat.say("好的")

    assert chat.template == "booking.booked"
    assert [appointment.start for appointment in await chat.upcoming()] == [local(TUESDAY, 10)]


@pytest.mark.parametrize("words", ["李医生", "李明", "我要李明医生", "3"])
async def test_a_practitioner_is_known_by_family_name_and_title(chat: Chat, words: str) -> None:
    await chat.say("预约")
    await chat.say("口腔检查")
    await chat.say(words)

    assert chat.dialog is not None
    assert chat.dialog.data["who"] == "li"


@pytest.mark.parametrize("words", ["不限", "都可以", "随便", "不限医生"])
async def test_any_practitioner_may_be_asked_for_in_words(chat: Chat, words: str) -> None:
    await chat.say("预约")
    await chat.say("口腔检查")
    await chat.say(words)

    assert chat.dialog is not None
    assert chat.dialog.data["who"] == "any"


async def test_an_hour_said_alone_is_the_one_that_is_open(chat: Chat) -> None:
    await chat.say("预约")
    await chat.say("洗牙")
    await chat.say("明天")
    said = await chat.say("2:30")
    assert "明天 11月24日 周二 下午2:30\n王芳医生 · 洗牙\n就诊人：本人" in said
    await chat.say("可以，谢谢")

    assert [appointment.start for appointment in await chat.upcoming()] == [local(TUESDAY, 14, 30)]


async def test_an_hour_that_is_only_part_of_another_label_books_nothing(chat: Chat) -> None:
    """`1:30` is part of `上午11:30`; half past one is not open."""
    await chat.say("预约")
    await chat.say("洗牙")
    await chat.say("明天")
    said = await chat.say("1:30")

    assert chat.template == "booking.hour_outside"
    assert "下午1:30不在出诊时间内" in said
    assert await chat.upcoming() == []


async def test_a_bound_shows_the_hours_within_it_and_the_others_are_a_tap_away(chat: Chat) -> None:
    await chat.say("预约")
    await chat.say("洗牙")
    await chat.say("明天")
    assert chat.labels[-3:] == ["更多时间", "返回", "取消"]
    await chat.say("下午4点以后")
    assert chat.labels == ["下午4:00", "下午4:30", "下午5:00", "下午5:30", "其他时间", "返回", "取消"]
    await chat.say("其他时间")

    assert chat.labels[0] == "上午9:00"
    assert chat.labels[-3] == "更多时间"


async def test_another_day_may_be_named_while_the_hour_is_asked(chat: Chat) -> None:
    await chat.say("预约")
    await chat.say("洗牙")
    await chat.say("明天")
    said = await chat.say("还是周五吧")

    assert said.startswith("11月27日 周五")
    assert chat.template == "booking.choose_time"


async def test_back_goes_one_question_back_and_in_the_end_leaves(chat: Chat) -> None:
    await chat.say("预约")
    await chat.say("口腔检查")
    await chat.say("王医生")
    await chat.say("明天")
    seen = []
    for _ in range(4):
        await chat.say("返回")
        seen.append(chat.template)

    assert seen == ["booking.choose_day", "booking.choose_who", "booking.choose_type", "booking.left"]
    assert chat.dialog is None


async def test_back_skips_what_was_never_asked(chat: Chat) -> None:
    await chat.say("预约")
    await chat.say("洗牙")
    await chat.tap("bk:back")

    assert chat.template == "booking.choose_type"


@pytest.mark.parametrize("steps", [[], ["口腔检查"], ["口腔检查", "王医生"], ["口腔检查", "王医生", "明天"]])
@pytest.mark.parametrize("word", ["取消", "退出", "bk:leave"])
async def test_every_step_can_be_left(chat: Chat, steps: list[str], word: str) -> None:
    await chat.say("预约")
    for step in steps:
        await chat.say(step)
    await (chat.tap(word) if word.startswith("bk:") else chat.say(word))

    assert (chat.template, chat.dialog) == ("booking.left", None)


async def test_nonsense_is_asked_again_once_then_a_person_is_called(chat: Chat) -> None:
    await chat.say("预约")
    asked = chat.labels
    await chat.say("蓝色的月亮")
    assert (chat.template, chat.labels) == ("booking.not_understood", asked)
    await chat.say("嗯嗯啊啊", key="m:77")

    assert chat.template == "booking.person"
    assert chat.dialog is not None
    assert (chat.dialog.name, chat.dialog.task) == ("person", "task")
    (opened,) = chat.desk.followups.opened
    assert (opened["key"], opened["kind"]) == ("handoff:m:77", FollowUpKind.HANDOFF)


async def test_an_understood_answer_forgives_an_earlier_miss(chat: Chat) -> None:
    await chat.say("预约")
    await chat.say("蓝色的月亮")
    await chat.say("洗牙")
    await chat.say("蓝色的月亮")

    assert chat.template == "booking.not_understood"
    assert chat.desk.followups.opened == []


async def test_a_refusal_is_not_read_as_a_choice(chat: Chat) -> None:
    await chat.say("预约")
    await chat.say("洗牙")
    await chat.say("我周五没空")

    assert chat.template == "booking.other_days"
    assert chat.labels[:5] == [
        "今天 11月23日 周一",
        "明天 11月24日 周二",
        "后天 11月25日 周三",
        "11月26日 周四",
        "11月28日 周六",
    ]


async def test_the_loser_of_a_race_is_offered_the_next_three(desk: Desk) -> None:
    first, second = Chat(desk, "a"), Chat(desk, "b")
    for each in (first, second):
        await each.say("预约")
        await each.say("洗牙")
        await each.say("明天")
    await first.say("上午9:00")
    await second.say("1")

    assert second.template == "booking.taken"
    assert second.labels[:3] == [f"明天 11月24日 周二 上午{hour}" for hour in ("9:30", "10:00", "10:30")]
    await second.say("2")
    assert [appointment.start for appointment in await second.upcoming()] == [local(TUESDAY, 10)]


async def test_tapping_a_time_twice_gives_one_appointment_and_kind_words(chat: Chat) -> None:
    await chat.say("预约")
    await chat.say("洗牙")
    await chat.say("明天")
    await chat.tap("bk:time:wang:2026-11-24T01:00Z")
    said = await chat.tap("bk:time:wang:2026-11-24T01:00Z")

    assert chat.template == "booking.already_yours"
    assert "明天 11月24日 周二 上午9:00" in said
    assert len(await chat.upcoming()) == 1


async def test_the_same_push_handled_again_after_a_crash_answers_the_same(chat: Chat) -> None:
    await chat.say("预约")
    await chat.say("洗牙")
    await chat.say("明天")
    before = chat.dialog
    first = await chat.say("1", key="m:9")
    chat.dialog = before
    second = await chat.say("1", key="m:9")

    assert first == second
    assert len(await chat.upcoming()) == 1


async def test_two_visits_of_one_patient_may_not_overlap(chat: Chat) -> None:
    await chat.say("预约")
    await chat.say("洗牙")
    await chat.say("明天")
    await chat.say("上午9:00")
    await chat.say("预约")
    await chat.say("口腔检查")
    await chat.say("李医生")
    await chat.say("明天")
    said = await chat.say("上午9:00")

    assert chat.template == "booking.overlap"
    assert "王芳医生的洗牙" in said
    await chat.say("上午10:00")
    assert [appointment.start for appointment in await chat.upcoming()] == [local(TUESDAY, 9), local(TUESDAY, 10)]


async def test_an_entry_of_an_earlier_step_opens_the_question_after_it(chat: Chat) -> None:
    await chat.say("预约")
    await chat.say("口腔检查")
    await chat.say("王医生")
    await chat.say("明天")
    await chat.tap("bk:day:2026-11-27")
    assert (chat.template, chat.dialog and chat.dialog.data["day"]) == ("booking.choose_time", "2026-11-27")
    await chat.tap("bk:who:li")
    assert (chat.template, chat.dialog and chat.dialog.data["who"]) == ("booking.choose_day", "li")
    await chat.tap("bk:type:cleaning")
    assert (chat.template, chat.dialog and chat.dialog.data["type"]) == ("booking.choose_day", "cleaning")


async def test_an_old_time_never_books_on_another_day_because_its_words_are_the_same(chat: Chat) -> None:
    """The old entry says 上午9:00 and so does an entry of today's question."""
    await chat.say("预约")
    await chat.say("口腔检查")
    await chat.say("王医生")
    await chat.say("明天")
    old = "bk:time:wang:2026-11-27T01:00Z"
    assert chat.dialog is not None
    update = TextMessage(**chat._facts(None), text="上午9:00", menu_id=old)
    await chat._send(update)

    assert await chat.upcoming() == []
    assert (chat.template, chat.dialog.data["day"]) == ("booking.choose_time", "2026-11-27")


@pytest.mark.parametrize(
    "entry",
    [
        "bk:day:2026-11-24",
        "bk:time:wang:2026-11-24T01:00Z",
        "bk:time:wang:never",
        "bk:time",
        "bk:day:2026-02-30",
        "bk:who:wang",
        "bk:back",
        "bk:page:day:1",
        "bk:type:gone",
        "bk:whatever",
        "bk:",
    ],
)
async def test_an_expired_entry_starts_again_kindly(chat: Chat, entry: str) -> None:
    await chat.tap(entry)

    assert (chat.template, chat.labels[:2]) == ("booking.expired", ["洗牙", "口腔检查"])
    assert await chat.upcoming() == []


@pytest.mark.parametrize(
    "entry", ["bk:day:nonsense", "bk:page:day:x", "bk:page:time:3", "bk:who:nobody", "bk:time:x:y"]
)
async def test_a_forged_entry_in_the_middle_only_asks_again(chat: Chat, entry: str) -> None:
    await chat.say("预约")
    await chat.say("口腔检查")
    await chat.say("王医生")
    await chat.tap(entry)

    assert chat.dialog is not None
    assert await chat.upcoming() == []


async def test_days_turn_their_pages_and_begin_again(chat: Chat) -> None:
    await chat.say("预约")
    await chat.say("洗牙")
    first = chat.labels
    await chat.say("更多")
    assert chat.labels[0] == "12月1日 周二"
    await chat.say("从头看")

    assert chat.labels == first


async def test_a_day_without_free_hours_is_said_and_others_are_offered(chat: Chat) -> None:
    await chat.say("预约")
    await chat.say("洗牙")
    said = await chat.say("12月25日")

    assert said.startswith("抱歉，12月25日 周五还没有放号，洗牙目前最远可以约到12月7日 周一。")
    assert chat.labels[:4] == [
        "12月7日 周一 上午9:00",
        "12月7日 周一 上午9:30",
        "12月7日 周一 上午10:00",
        "今天 11月23日 周一",
    ]


async def test_when_nothing_is_free_there_is_still_a_way_on(database: Database) -> None:
    closed = replace(CLINIC, practitioners=tuple(replace(each, hours=()) for each in CLINIC.practitioners))
    chat = Chat(await desk_of(database, closed))
    await chat.say("预约")
    said = await chat.say("洗牙")

    assert (chat.template, chat.labels) == ("booking.no_days", ["有空位时通知我", "返回", "取消"])
    assert "0555-000-0188" in said


async def test_one_visit_type_and_one_practitioner_lead_straight_to_the_day(database: Database) -> None:
    small = replace(CLINIC, visit_types=CLINIC.visit_types[:1], practitioners=CLINIC.practitioners[:1])
    chat = Chat(await desk_of(database, small))
    await chat.say("预约")

    assert chat.template == "booking.choose_day"
    await chat.say("返回")
    assert chat.template == "booking.left"


async def test_one_possible_day_is_not_asked_and_back_knows(database: Database) -> None:
    today_only = replace(CLINIC, horizon_days=0)
    chat = Chat(await desk_of(database, today_only))
    await chat.say("预约")
    said = await chat.say("洗牙")

    assert chat.template == "booking.choose_time"
    assert said.startswith("今天 11月23日 周一")
    await chat.say("返回")
    assert chat.template == "booking.choose_type"


async def test_words_of_other_entrances_are_no_answer(chat: Chat) -> None:
    await chat.say("预约")

    assert await chat.say("人工") == "UNMATCHED"
    await chat.say("我的预约")
    assert chat.template == "appointments.none"


async def test_without_appointments_booking_is_offered(chat: Chat) -> None:
    await chat.click("MY_APPOINTMENTS")
    assert (chat.template, chat.labels) == ("appointments.none", ["预约"])
    await chat.say("1")

    assert chat.template == "booking.choose_type"


async def booked(chat: Chat, day: str, hour: str, visit_type: str = "洗牙") -> None:
    await chat.say("预约")
    await chat.say(visit_type)
    if chat.template == "booking.choose_who":
        await chat.say("王医生")
    await chat.say(day)
    await chat.say(hour)
    assert chat.template == "booking.booked"


async def test_cancelling_asks_once_and_frees_the_hour(chat: Chat) -> None:
    await booked(chat, "明天", "上午9:00")
    said = await chat.say("我的预约")
    assert "明天 11月24日 周二 上午9:00\n王芳医生 · 洗牙" in said
    assert chat.labels == ["换个时间", "取消这个预约", "再约一个", "不用了"]
    await chat.say("取消")
    assert (chat.template, chat.labels) == ("appointments.confirm", ["确认取消", "换个时间", "保留"])
    assert len(await chat.upcoming()) == 1
    await chat.say("确认取消")

    assert (chat.template, await chat.upcoming()) == ("appointments.cancelled", [])
    await booked(chat, "明天", "上午9:00")


@pytest.mark.parametrize("word", ["保留", "不取消了", "3", "返回"])
async def test_an_appointment_is_kept_when_the_patient_thinks_again(chat: Chat, word: str) -> None:
    await booked(chat, "明天", "上午9:00")
    await chat.say("取消预约")
    await chat.say("2")
    await chat.say(word)

    assert chat.template == "appointments.kept"
    assert len(await chat.upcoming()) == 1


async def test_half_a_yes_cancels_nothing(chat: Chat) -> None:
    await booked(chat, "明天", "上午9:00")
    await chat.say("取消预约")
    await chat.say("2")
    await chat.say("取消")
    assert chat.template == "appointments.not_understood"
    assert len(await chat.upcoming()) == 1
    await chat.say("什么意思")

    assert (chat.template, len(chat.desk.followups.opened)) == ("appointments.person", 1)


async def test_cancelling_twice_by_an_old_entry_says_the_same(chat: Chat) -> None:
    await booked(chat, "明天", "上午9:00")
    (appointment,) = await chat.upcoming()
    await chat.tap(f"ap:sure:{appointment.id}:1")
    first = chat.template
    await chat.tap(f"ap:sure:{appointment.id}:1")

    assert (first, chat.template) == ("appointments.cancelled", "appointments.cancelled")


async def test_another_patients_appointment_cannot_be_touched(desk: Desk) -> None:
    mine, theirs = Chat(desk, "a"), Chat(desk, "b")
    await booked(theirs, "明天", "上午9:00")
    (appointment,) = await theirs.upcoming()
    for action in ("sure", "move", "cancel", "show", "keep"):
        await mine.tap(f"ap:{action}:{appointment.id}:1")
        assert mine.template == "appointments.gone"

    assert len(await theirs.upcoming()) == 1


@pytest.mark.parametrize("entry", ["ap:", "ap:sure", "ap:sure:x:y:z", "ap:nothing:x"])
async def test_a_forged_entry_finds_no_appointment(chat: Chat, entry: str) -> None:
    await chat.tap(entry)

    assert chat.template == "appointments.gone"


async def test_several_appointments_are_picked_from(chat: Chat) -> None:
    await booked(chat, "明天", "上午9:00")
    await booked(chat, "周五", "下午2:30", "口腔检查")
    await chat.say("我的预约")
    assert chat.labels == ["11月24日 周二 上午9:00 王芳医生 洗牙", "11月27日 周五 下午2:30 王芳医生 口腔检查", "不用了"]
    await chat.say("2")
    await chat.say("取消这个预约")
    await chat.say("确认取消")

    assert [appointment.start for appointment in await chat.upcoming()] == [local(TUESDAY, 9)]


async def test_another_hour_moves_the_appointment_and_keeps_it_until_then(chat: Chat) -> None:
    await booked(chat, "明天", "上午9:00")
    (before,) = await chat.upcoming()
    await chat.say("改时间")
    await chat.say("换个时间")
    assert chat.template == "booking.move_day"
    assert chat.labels[-2:] == ["返回", "不改了"]
    await chat.say("周五")
    assert await chat.upcoming() == [before]
    said = await chat.say("下午2:30")

    (after,) = await chat.upcoming()
    assert (after.id, after.start, after.version) == (before.id, local(FRIDAY, 14, 30), 2)
    assert said.startswith("已为您改好：\n11月27日 周五 下午2:30")


async def test_a_move_left_halfway_changes_nothing(chat: Chat) -> None:
    await booked(chat, "明天", "上午9:00")
    (before,) = await chat.upcoming()
    await chat.say("改时间")
    await chat.say("1")
    await chat.say("周五")
    await chat.say("不改了")

    assert (chat.template, await chat.upcoming()) == ("booking.move_left", [before])


async def test_a_move_may_change_the_practitioner(chat: Chat) -> None:
    await booked(chat, "明天", "上午9:00", "口腔检查")
    await chat.say("改时间")
    await chat.say("换个时间")
    await chat.say("返回")
    assert chat.template == "booking.choose_who"
    await chat.say("李医生")
    await chat.say("明天")
    await chat.say("上午9:00")

    (after,) = await chat.upcoming()
    assert (after.practitioner_id, after.start) == ("li", local(TUESDAY, 9))


async def test_a_move_of_what_staff_changed_meanwhile_says_so(chat: Chat) -> None:
    await booked(chat, "明天", "上午9:00")
    (before,) = await chat.upcoming()
    await chat.say("改时间")
    await chat.say("换个时间")
    await chat.say("周五")
    await chat.desk.booking.move(before.id, local(WEDNESDAY, 9), None, 1, "staff:1", now=NOW, by=RECEPTION)
    await chat.say("下午2:30")

    assert chat.template == "booking.move_stale"
    assert [appointment.start for appointment in await chat.upcoming()] == [local(WEDNESDAY, 9)]


async def test_cancelling_what_changed_meanwhile_shows_it_first(chat: Chat) -> None:
    await booked(chat, "明天", "上午9:00")
    (before,) = await chat.upcoming()
    await chat.say("取消预约")
    await chat.say("2")
    await chat.desk.booking.move(before.id, local(WEDNESDAY, 9), None, 1, "staff:1", now=NOW, by=RECEPTION)
    said = await chat.say("确认取消")
    assert chat.template == "appointments.changed"
    assert "后天 11月25日 周三 上午9:00" in said
    await chat.say("确认取消")

    assert await chat.upcoming() == []


async def test_a_visit_that_has_begun_is_not_changed_in_the_chat(chat: Chat) -> None:
    await booked(chat, "明天", "上午9:00")
    (appointment,) = await chat.upcoming()
    chat.now = appointment.start + timedelta(minutes=5)
    await chat.say("我的预约")
    assert chat.template == "appointments.one"
    await chat.say("取消")

    assert chat.template == "error.too_late"
    kept = (await chat.desk.booking.by_ids([appointment.id]))[appointment.id]
    assert kept.state is AppointmentState.BOOKED


async def test_every_question_fits_a_text_with_all_its_entries_tappable(chat: Chat) -> None:
    """2048 bytes in all (reference §1.6); longer replies would lose their links."""
    said = [await chat.say("预约")]
    shown = [with_options(said[0], chat.reply.options if chat.reply else ())]
    for answer in ("口腔检查", "不限", "更多", "返回", "不限", "明天", "更多"):
        text = await chat.say(answer)
        shown.append(with_options(text, chat.reply.options if chat.reply else ()))

    assert [text.count("<a ") == 0 or len(text.encode()) > 2048 for text in shown] == [False] * len(shown)


# -- in words ------------------------------------------------------------------------------------------------------


async def test_an_hour_taken_while_it_was_read_back_is_offered_no_more(desk: Desk) -> None:
    first, second = Chat(desk, "a"), Chat(desk, "b")
    for each in (first, second):
        await each.say("我想约明天上午九点洗牙")
        assert each.template == "booking.confirm"
    await first.say("可以")
    await second.say("可以")

    assert (first.template, second.template) == ("booking.booked", "booking.taken")
    assert second.labels[:3] == [f"明天 11月24日 周二 上午{hour}" for hour in ("9:30", "10:00", "10:30")]


async def test_a_yes_under_an_older_message_books_neither_hour(chat: Chat) -> None:
    await chat.say("我想约明天上午九点洗牙")
    older = chat.ids[0]
    await chat.say("改成上午十点")
    newer = chat.ids[0]
    await chat.tap(older)
    assert (chat.template, chat.ids[0], await chat.upcoming()) == ("booking.confirm", newer, [])
    await chat.tap(newer)

    assert [appointment.start for appointment in await chat.upcoming()] == [local(TUESDAY, 10)]


async def test_the_same_yes_handled_again_after_a_crash_books_once(chat: Chat) -> None:
    await chat.keep_contact()
    await chat.say("给我女儿王小雨约明天上午九点洗牙")
    await chat.say("可以")
    before = chat.dialog
    first = await chat.say("2010年5月12日", key="m:9")  # how old the child is
    chat.dialog = before
    second = await chat.say("2010年5月12日", key="m:9")

    assert first == second
    assert "就诊人：女儿（王小雨）" in first
    assert len(await chat.upcoming()) == 1


async def test_of_two_children_one_is_asked_for(chat: Chat) -> None:
    await chat.keep_contact()
    for name, hour in (("王小雨", "九点"), ("王小晴", "十点")):
        await chat.say(f"给我女儿{name}约明天上午{hour}洗牙")
        await chat.say("可以")
        await chat.say("2010年5月12日")
        assert chat.template == "booking.booked_for"
    await chat.say("给孩子约明天上午十一点洗牙")
    assert (chat.template, set(chat.labels[:2]), chat.labels[2]) == (
        "booking.which_person",
        {"王小雨", "王小晴"},
        "另一位",
    )
    said = await chat.say("王小晴")
    assert "就诊人：孩子（王小晴）" in said
    await chat.say("可以")
    assert chat.template == "booking.same_day"
    await chat.say("两个都要")

    appointments = await chat.upcoming()
    assert appointments[1].patient_id == appointments[2].patient_id != appointments[0].patient_id


async def test_a_mother_in_law_is_not_taken_for_the_mother(chat: Chat) -> None:
    await chat.keep_contact()
    await chat.say("给我妈李桂兰约明天上午九点洗牙")
    await chat.say("可以")
    await chat.say("给我婆婆约明天上午十点洗牙")
    assert chat.template == "booking.ask_name"
    await chat.say("她叫赵秀英")
    said = await chat.say("可以")

    assert "就诊人：婆婆（赵秀英）" in said
    assert len({appointment.patient_id for appointment in await chat.upcoming()}) == 2


async def test_who_is_asked_to_name_somebody_may_say_something_else(chat: Chat) -> None:
    await chat.say("帮我妈约个洗牙")
    await chat.say("多少钱")
    assert chat.template == "booking.not_understood"
    await chat.say("明天上午九点")
    assert chat.template == "booking.ask_name"
    await chat.say("李桂兰")
    assert chat.template == "booking.confirm"
    await chat.say("算了")

    assert await chat.desk.patients.relatives.of(chat.contact) == []  # nobody is kept of whom nothing came


async def test_a_doctor_who_does_not_do_that_is_said_so(chat: Chat) -> None:
    said = await chat.say("约李医生洗牙")

    assert (chat.template, "李明医生不做洗牙" in said, "王芳医生" in said) == ("booking.not_offered_by", True, True)


async def test_a_visit_type_is_not_changed_by_a_move(chat: Chat) -> None:
    await booked(chat, "明天", "上午9:00")
    await chat.say("改时间")
    await chat.say("换个时间")
    await chat.say("改成口腔检查")

    assert chat.template == "booking.move_same_type"
    (appointment,) = await chat.upcoming()
    assert appointment.visit_type_id == "cleaning"
