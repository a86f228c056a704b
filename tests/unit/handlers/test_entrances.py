"""The table of entrances: a line more is honoured everywhere, also while a dialog asks something."""

from typing import Any

import pytest

from handlers import ROUTERS, appointments, booking, profile, routers
from handlers.appointment_messages import DIALOG as APPOINTMENTS
from handlers.booking_message import DIALOG as BOOKING
from handlers.entrances import ENTRANCES, MEANINGS, Entrance
from handlers.reminder_answers import NAME as REMINDER_ANSWERS
from tests.corpus.stops import WORDS
from wxbot.dispatch.context import Context, Reply, met
from wxbot.dispatch.dialogs import Dialog
from wxbot.dispatch.router import Handler, Router, first_match
from wxbot.dispatch.updates import MenuClicked, TextMessage
from wxbot.templates.models import Option
from wxbot.understanding.reader import Reader
from wxbot.understanding.words import WordList, WordLists


async def parking(_context: Context) -> Reply:
    return Reply(template="parking")


PARKING = Entrance(key="PARKING", meaning="怎么停车", handler=parking)
PARKING_WORDS = WordList(key="entrance.parking", name="停车", about="怎么停车", words=("停车", "停车场"))
WITH_PARKING = routers((*ENTRANCES, PARKING))
ANOTHER_HOUR = {"改期", "改时间", "换时间", "换个时间"}  # while a booking is talked about, they are about that booking
QUESTIONS = [
    (BOOKING, "type", booking.answered),
    (BOOKING, "time", booking.answered),
    (APPOINTMENTS, "pick", appointments.answered),
    (APPOINTMENTS, "confirm", appointments.answered),
    (profile.DIALOG, "name", profile.answer_name),
    (profile.DIALOG, "birthday", profile.answer_birthday),
]


@pytest.fixture(autouse=True)
def words_of_the_new_entrance(chat: Any) -> None:
    words = WordLists((*WORDS.lists, PARKING_WORDS))
    chat.services.reader = Reader(clinic=lambda: chat.services.clinic, words=lambda: words, questions=lambda: ())


def handler(
    chat: Any, table: tuple[Router, ...], text: str, dialog: Dialog | None = None, menu_id: str | None = None
) -> Handler:
    """Where a written or tapped message leads while that dialog is open, and no reminder was the last word."""
    update = TextMessage(key="k", openid="o", account="gh", created_at=chat.now, text=text, menu_id=menu_id)
    context = Context(
        update=update,
        contact=chat.services.patients.contact,
        services=chat.services,
        now=chat.now,
    )
    found = first_match([each for each in table if each.name != REMINDER_ANSWERS], met(context, dialog))
    assert found is not None
    return found[1].handler


@pytest.mark.parametrize(("name", "step", "answered"), QUESTIONS)
def test_a_new_entrance_is_no_answer_to_an_open_question(chat: Any, name: str, step: str, answered: Handler) -> None:
    dialog = Dialog(name=name, step=step, options=(Option(id="x:1", label="上午9:00"),))
    assert handler(chat, ROUTERS, "停车", dialog) is not parking
    assert handler(chat, WITH_PARKING, "停车", dialog) is parking
    assert handler(chat, WITH_PARKING, " 停车场？", dialog) is parking
    assert handler(chat, WITH_PARKING, "PARKING", dialog, menu_id="PARKING") is parking
    assert handler(chat, WITH_PARKING, "上午9:00", dialog) is answered


@pytest.mark.parametrize(("name", "step", "answered"), QUESTIONS)
@pytest.mark.parametrize("entrance", ENTRANCES, ids=lambda entrance: entrance.key)
def test_every_word_of_every_entrance_works_while_a_question_is_open(
    chat: Any, entrance: Entrance, name: str, step: str, answered: Handler
) -> None:
    dialog = Dialog(name=name, step=step, options=(Option(id="x:1", label="上午9:00"),))
    words = WORDS.by_key[entrance.list_key].words
    assert words
    for word in words:
        about_this_booking = name == BOOKING and word in ANOTHER_HOUR
        assert handler(chat, ROUTERS, word, dialog) is (answered if about_this_booking else entrance.handler)
        assert handler(chat, ROUTERS, word) is entrance.handler
    assert entrance.handler is not answered


def test_a_whole_label_that_an_open_question_offers_is_its_answer(chat: Any) -> None:
    dialog = Dialog(name=BOOKING, step="type", options=(Option(id="bk:type:parking", label="停车"),))
    assert handler(chat, WITH_PARKING, "停车", dialog) is booking.answered


def test_a_tapped_entry_of_a_dialog_is_not_read_as_a_word(chat: Any) -> None:
    assert handler(chat, ROUTERS, "换个时间", menu_id="ap:move:a1:1") is appointments.tapped


def test_a_new_entrance_is_reached_from_the_menu(chat: Any) -> None:
    click = MenuClicked(key="k", openid="o", account="gh", created_at=chat.now, name="CLICK", menu_key="PARKING")
    context = Context(update=click, contact=chat.services.patients.contact, services=chat.services, now=chat.now)
    found = first_match(WITH_PARKING, context)
    assert found is not None
    assert found[1].handler is parking


def test_no_key_stands_in_the_table_twice_and_each_has_its_words() -> None:
    keys = [entrance.key for entrance in ENTRANCES]
    assert len(set(keys)) == len(keys)
    lists = {key for key in WORDS.by_key if key.startswith("entrance.")}
    assert lists == {entrance.list_key for entrance in ENTRANCES}


def test_staff_may_put_every_entrance_into_the_menu() -> None:
    assert list(MEANINGS) == ["BOOK", "MY_APPOINTMENTS", "CLINIC_INFO", "PROFILE", "HUMAN", "CONSENT", "NOTICE"]
    assert all(MEANINGS.values())
