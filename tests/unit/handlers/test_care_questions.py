"""Answers to questions of care plans as patients give them: which question is meant, what is kept, what is said."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.handlers.conftest import NOW
from wxbot.care.answers import Asked
from wxbot.care.course import Course
from wxbot.care.models import AnswerKind, Question
from wxbot.care.questions import entries
from wxbot.dispatch import updates as u
from wxbot.dispatch.dialogs import Dialog
from wxbot.followups.models import FollowUpKind
from wxbot.history.models import ContactId, Direction, Interaction, Kind
from wxbot.messaging import Purpose
from wxbot.outbox.lines import sent_id
from wxbot.outbox.models import Message, MessageId
from wxbot.templates.models import Option

PAIN = Question(kind=AnswerKind.NUMBER, low=0, high=10, danger_from=8)
FEEL = Question(kind=AnswerKind.CHOICE, choices=("好多了", "差不多", "更严重了"), danger=("更严重了",))
PHOTO = Question(kind=AnswerKind.PHOTO)
WORDS = Question(kind=AnswerKind.WORDS)


def ask(chat: Any, question: Question, days_ago: float = 1.0) -> Asked:
    """The last care message was this question, so many days ago."""
    sent_at = NOW - timedelta(days=days_ago)
    message = Message(
        id=MessageId("m1"),
        key="surgery/pain/treatment:a1",
        contact_id=ContactId("c1"),
        purpose=Purpose.CARE,
        template="care.surgery_day_1",
        variables={},
        created_at=sent_at,
        due_at=sent_at,
        expires_at=sent_at + timedelta(hours=8),
        sent_at=sent_at,
    )
    course = Course(plan="surgery", step="pain", ref="treatment:a1", question=question)
    asked = Asked(message=message, course=course, question=question, sent_at=sent_at)
    chat.services.outbox.cared_at = sent_at
    chat.services.care.answers.asked = asked
    return asked


def kept(chat: Any) -> list[str]:
    return [each.value for each in chat.services.care.answers.kept]


def tasks(chat: Any) -> list[Mapping[str, Any]]:
    return list(chat.services.followups.opened)


async def test_a_number_is_kept_and_thanked_for_without_a_task(chat: Any) -> None:
    ask(chat, PAIN)
    await chat.say("3分")
    assert (chat.router, chat.template, kept(chat), tasks(chat)) == (
        *("care_questions", "care.answer_noted"),
        *(["3"], []),
    )


@pytest.mark.parametrize(("words", "value"), [("好多了", "好多了"), ("2", "差不多")])
async def test_a_choice_is_kept_by_its_words_or_its_number(chat: Any, words: str, value: str) -> None:
    ask(chat, FEEL)
    await chat.say(words)
    assert (chat.template, kept(chat), tasks(chat)) == ("care.answer_noted", [value], [])


async def test_a_tap_answers_the_question_it_stands_under_however_old_it_is(chat: Any) -> None:
    asked = ask(chat, FEEL, days_ago=20)
    await chat.say("差不多", menu_id=entries(FEEL, asked.message.id)[1].id)
    assert (chat.template, kept(chat)) == ("care.answer_noted", ["差不多"])
    await chat.say("差不多", menu_id=entries(FEEL, MessageId("gone"))[1].id)
    assert (chat.template, kept(chat)) == ("care.answer_noted", ["差不多"])


@pytest.mark.parametrize(("question", "words", "value"), [(PAIN, "9", "9"), (FEEL, "更严重了", "更严重了")])
async def test_a_danger_answer_gets_the_advice_at_once_and_an_urgent_task(
    chat: Any, question: Question, words: str, value: str
) -> None:
    ask(chat, question)
    await chat.say(words)
    assert kept(chat) == [value]
    assert chat.template in {"care.answer_danger", "danger.unclear"} or chat.template.startswith("danger.")
    (task,) = [each for each in tasks(chat) if each["kind"] is FollowUpKind.DANGER]
    assert task["urgent"]


async def test_what_says_more_than_the_answer_goes_to_a_person_with_its_words(chat: Any) -> None:
    ask(chat, PAIN)
    await chat.say("大概3分，但是线头好像松了")
    assert kept(chat) == []
    (task,) = tasks(chat)
    assert (task["kind"], [each.text for each in task["words"]]) == (
        *(FollowUpKind.HANDOFF,),
        ["大概3分，但是线头好像松了"],
    )


async def test_a_number_outside_of_the_range_is_no_answer(chat: Any) -> None:
    ask(chat, PAIN)
    await chat.say("11")
    assert kept(chat) == []


async def test_a_photo_is_kept_and_looked_at_by_a_person(chat: Any) -> None:
    ask(chat, PHOTO)
    await chat.send(u.ImageMessage, media_id="m", picture_url="")
    assert (chat.template, kept(chat), len(tasks(chat))) == ("care.answer_passed_on", [""], 1)


async def test_words_are_kept_and_read_by_a_person_but_wishes_are_no_answer(chat: Any) -> None:
    ask(chat, WORDS)
    await chat.say("线还在，右边有一点点麻")
    assert (kept(chat), len(tasks(chat))) == (["线还在，右边有一点点麻"], 1)
    await chat.say("我要预约")
    assert kept(chat) == ["线还在，右边有一点点麻"]


async def test_after_a_week_a_number_is_about_something_else(chat: Any) -> None:
    ask(chat, PAIN, days_ago=7.5)
    await chat.say("3")
    assert kept(chat) == []
    assert chat.template != "care.answer_noted"


async def test_a_number_answers_the_open_dialog_unless_the_question_came_last(chat: Any) -> None:
    asked = ask(chat, PAIN)
    offered = Dialog(name="entrances", step="offered", options=(Option(id="BOOK", label="预约"),))
    chat.dialog = offered
    line = Interaction(
        id="k:reply", at=NOW, kind=Kind.MESSAGE_SENT, direction=Direction.OUT, contact_id=ContactId("c1"), text="选一个"
    )
    chat.services.history.lines = [line]
    await chat.say("1")
    assert kept(chat) == []
    chat.dialog = offered
    chat.services.history.lines = [replace(line, id=sent_id(asked.message.id)), line]
    await chat.say("1")
    assert kept(chat) == ["1"]


async def test_words_that_work_at_any_time_still_do(chat: Any) -> None:
    ask(chat, PAIN)
    await chat.say("退订")
    assert kept(chat) == []
    assert chat.router == "consent"
