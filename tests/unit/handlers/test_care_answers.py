"""A care message promises that somebody reads the answer: the promise is kept."""

from datetime import timedelta
from typing import Any

import pytest

from wxbot.dispatch import updates as u
from wxbot.followups.models import FollowUpKind


def cared_for(chat: Any, days_ago: float) -> None:
    chat.services.outbox.cared_at = chat.now - timedelta(days=days_ago)


async def test_words_after_a_care_message_go_to_a_person(chat: Any) -> None:
    cared_for(chat, 1)
    said = await chat.say("有点肿，其他都好")
    assert chat.template == "care.answer_passed_on"
    assert "120" in said
    assert [(task["kind"], task["contact_id"]) for task in chat.services.followups.opened] == [
        (FollowUpKind.HANDOFF, "c1")
    ]


async def test_a_picture_after_a_care_message_goes_to_a_person(chat: Any) -> None:
    cared_for(chat, 3)
    await chat.send(u.ImageMessage, media_id="m", picture_url="https://example.com/p")
    assert chat.template == "care.answer_passed_on"


async def test_several_messages_of_one_day_are_one_task(chat: Any) -> None:
    cared_for(chat, 1)
    await chat.say("有点肿")
    await chat.say("还有点疼")
    assert len({task["key"] for task in chat.services.followups.opened}) == 1


@pytest.mark.parametrize("words", ["挺好的", "都好！", "好多了。"])
async def test_good_news_is_thanked_and_opens_no_task(chat: Any, words: str) -> None:
    cared_for(chat, 1)
    await chat.say(words)
    assert chat.template == "care.good_news"
    assert chat.services.followups.opened == []


async def test_a_week_later_the_words_are_about_something_else(chat: Any) -> None:
    cared_for(chat, 7.5)
    await chat.say("有点肿")
    assert chat.template == "fallback.not_understood"


async def test_the_doors_stay_open_after_a_care_message(chat: Any) -> None:
    cared_for(chat, 1)
    await chat.say("人工")
    assert chat.template == "human.here"
