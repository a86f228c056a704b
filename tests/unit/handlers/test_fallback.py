"""The entrances that every message can reach; no message goes unanswered."""

import re
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import handlers
from config.content import load_content
from handlers import ROUTERS, entrances
from wxbot import errors
from wxbot.booking import errors as booking_errors
from wxbot.clinic.models import Block, Clinic, Practitioner, PractitionerId, Weekday
from wxbot.clinic.weekly_hours import weekly_hours
from wxbot.dispatch import updates as u
from wxbot.dispatch.context import Context
from wxbot.dispatch.router import first_match

CONTENT = load_content()
MESSAGES: dict[type[u.Update], dict[str, Any]] = {
    u.ImageMessage: {"media_id": "m", "picture_url": "https://example.com/p"},
    u.VoiceMessage: {"media_id": "m", "audio_format": "amr"},
    u.VideoMessage: {"media_id": "m", "thumb_media_id": "t"},
    u.LocationMessage: {"latitude": 1.0, "longitude": 2.0, "scale": 3, "label": "x"},
    u.LinkMessage: {"title": "t", "description": "d", "url": "https://example.com"},
    u.UnknownMessage: {"message_type": "sticker"},
}


async def test_the_account_menu_calls_a_person_too(chat: Any) -> None:
    await chat.tap("HUMAN")
    assert chat.template == "human.here"


async def test_clinic_information_names_address_phone_and_hours(chat: Any) -> None:
    said = await chat.tap("CLINIC_INFO")
    for fact in ("晨光口腔与皮肤诊所", "示例市海棠区晨光路88号2层", "0555-000-0188", "周一 09:00–12:00"):
        assert fact in said


@pytest.mark.parametrize("kind", MESSAGES)
async def test_what_is_not_text_is_acknowledged_kindly(chat: Any, kind: type[u.Update]) -> None:
    assert "收到" in await chat.send(kind, **MESSAGES[kind])


async def test_what_wechat_does_not_pass_on_is_not_taken_for_words(chat: Any) -> None:
    await chat.say("【收到不支持的消息类型，暂无法显示】")
    assert chat.template == "fallback.unreadable"


@pytest.mark.parametrize("words", ["你好", "您好！", "在吗？", "HELLO"])
async def test_a_greeting_is_greeted_with_the_main_entries(chat: Any, words: str) -> None:
    await chat.say(words)
    assert (chat.template, len(chat.reply.options)) == ("fallback.greeting", 3)


async def test_thanks_are_answered_and_leave_a_dialog_open(chat: Any) -> None:
    await chat.tap("PROFILE")
    await chat.say("谢谢")
    assert (chat.template, chat.dialog.name) == ("fallback.thanks", "profile")


@pytest.mark.parametrize("words", ["asdf", "这个怎么弄呀", "<a>", "{name}", "{0.__class__}", "3.5"])
async def test_anything_else_gets_the_main_entries(chat: Any, words: str) -> None:
    await chat.say(words)
    assert chat.template == "fallback.not_understood"
    assert [option.id for option in chat.reply.options] == ["BOOK", "MY_APPOINTMENTS", "HUMAN"]


@pytest.mark.parametrize(
    ("words", "template"),
    [
        ("。", "fallback.wordless"),
        (" ", "fallback.wordless"),
        ("😀", "fallback.wordless"),
        ("[旺柴][旺柴]", "fallback.wordless"),
        ("\u200e\u200f\u202e", "fallback.wordless"),
        ("这件事说来话长" * 300, "fallback.story"),
        ("Where can I leave my bike?", "fallback.foreign"),
        ("Где можно припарковаться", "fallback.foreign"),
        ("どこですか", "fallback.foreign"),
    ],
)
async def test_what_cannot_be_read_gets_a_sentence_that_fits(chat: Any, words: str, template: str) -> None:
    await chat.say(words)
    assert chat.template == template
    assert "HUMAN" in [option.id for option in chat.reply.options]


async def test_an_offered_entry_can_be_answered_by_its_number(chat: Any) -> None:
    await chat.say("asdf")
    await chat.say("3")
    assert chat.template == "human.here"


async def test_the_number_of_the_first_entry_begins_a_booking(chat: Any) -> None:
    await chat.say("asdf")
    await chat.say("1")
    assert (chat.template, chat.dialog.name) == ("booking.choose_type", "booking")


async def test_an_unknown_menu_key_is_answered(chat: Any) -> None:
    await chat.tap("OLD_ENTRY")
    assert chat.template == "fallback.not_understood"


@pytest.mark.parametrize(("waits", "template"), [(True, "fallback.not_understood"), (False, "")])
async def test_a_scanned_code_is_answered_only_where_the_patient_waits(chat: Any, waits: bool, template: str) -> None:
    await chat.send(u.CodeScanned, name="scancode", menu_key="K", scan_type="qrcode", result="1", waits_for_reply=waits)
    assert chat.template == template


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        (u.MenuViewed, {"url": "https://example.com"}),
        (u.PicturesChosen, {"menu_key": "K", "count": 1}),
        (u.PlaceChosen, {"menu_key": "K", "latitude": 1.0, "longitude": 2.0, "label": "x"}),
    ],
)
async def test_events_that_take_no_reply_get_none(chat: Any, kind: type[u.Event], details: dict[str, Any]) -> None:
    assert await chat.send(kind, name="event", **details) is None


def test_every_key_of_the_shipped_menu_is_answered_by_a_capability(chat: Any) -> None:
    answered = {}
    for key in CONTENT.menu.keys():  # noqa: SIM118 - a method of the menu, not of a dict
        click = u.MenuClicked(key="k", openid="o", account="gh", created_at=chat.now, name="CLICK", menu_key=key)
        context = Context(update=click, contact=chat.services.patients.contact, services=chat.services, now=chat.now)
        found = first_match(ROUTERS, context)
        assert found is not None
        answered[key] = found[1].handler.__name__
    assert "not_understood" not in answered.values()
    assert len(set(answered.values())) == len(answered)


def test_every_key_and_every_label_of_an_entrance_leads_to_the_same_handler(chat: Any) -> None:
    common = {"key": "k", "openid": "o", "account": "gh", "created_at": chat.now}
    for key in CONTENT.menu.keys():  # noqa: SIM118
        label = chat.services.templates.get(f"entrance.{key.lower()}").text
        found_handlers = set()
        for update in (
            u.MenuClicked(**common, name="CLICK", menu_key=key),
            u.TextMessage(**common, text=label, menu_id=key),
            u.TextMessage(**common, text=label),
        ):
            context = Context(
                update=update, contact=chat.services.patients.contact, services=chat.services, now=chat.now
            )
            found = first_match(ROUTERS, context)
            assert found is not None
            found_handlers.add(found[1].handler)
        assert len(found_handlers) == 1, key


def test_every_template_the_handlers_name_exists() -> None:
    folder = Path(handlers.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    kinds = {template.key.split(".")[0] for template in CONTENT.templates}
    named = set(re.findall(rf'"((?:{"|".join(kinds)})\.[a-z][a-z0-9_.]*)"', source))
    assert named - {template.key for template in CONTENT.templates} == set()
    assert len(named) > 20


def test_every_refusal_has_its_kind_words() -> None:
    wordings = {
        thing.wording
        for module in (errors, booking_errors)
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, errors.DomainError)
    }
    assert wordings - {template.key for template in CONTENT.templates} == set()


def test_every_entrance_has_a_label() -> None:
    keys = {template.key for template in CONTENT.templates}
    offered = {
        entrances.BOOK,
        entrances.MY_APPOINTMENTS,
        entrances.CLINIC_INFO,
        entrances.PROFILE,
        entrances.HUMAN,
        entrances.CONSENT,
    }
    assert {f"entrance.{key.lower()}" for key in offered} <= keys


def clinic_with(*blocks: Block) -> Clinic:
    people = tuple(
        Practitioner(
            id=PractitionerId(str(number)),
            name="a",
            title="b",
            speciality="c",
            room="d",
            visit_types=(),
            hours=(block,),
        )
        for number, block in enumerate(blocks)
    )
    return Clinic(
        name="a",
        address="b",
        phone="c",
        privacy_contact="d",
        timezone=ZoneInfo("Asia/Shanghai"),
        visit_types=(),
        practitioners=people,
    )


def block(day: Weekday, start: int, end: int) -> Block:
    return Block(day=day, start=time(start), end=time(end))


def test_hours_of_several_people_are_laid_over_each_other_and_days_alike_are_joined() -> None:
    clinic = clinic_with(
        block(Weekday.MON, 9, 12),
        block(Weekday.MON, 11, 13),
        block(Weekday.MON, 14, 18),
        block(Weekday.TUE, 9, 13),
        block(Weekday.TUE, 14, 18),
        block(Weekday.WED, 14, 18),
        block(Weekday.FRI, 14, 18),
    )
    assert weekly_hours(clinic) == ("周一至周二 09:00–13:00、14:00–18:00\n周三 14:00–18:00\n周五 14:00–18:00")


def test_a_clinic_without_hours_says_nothing() -> None:
    assert weekly_hours(clinic_with()) == ""
