"""A contact who left: of what was said and written about them at the desk nothing stays, in no collection."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from tests.scenarios.conftest import Clinic
from tests.scenarios.talking import answer, colleague, contact_id_of, episode_of, take
from tests.scenarios.test_desk_by_the_clock import bound
from tests.scenarios.test_patient_rights import everything
from wxbot.actors import SYSTEM
from wxbot.conversations.evaluation.scoring import Mark, RubricItem
from wxbot.conversations.intake.service import IntakeForm
from wxbot.conversations.models import Ending, EndingKind, Handover, Snooze
from wxbot.errors import NotFoundError
from wxbot.history.models import ContactId
from wxbot.simulator.media import sample_image
from wxbot.staff.models import AccountId
from wxbot.staff.permissions import Role

MARK = "蓝鲸七三九"  # stands in everything that somebody wrote
ERASED_AFTER = timedelta(days=3, minutes=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def rated_by_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every talk be drawn for a rating."""
    monkeypatch.setattr("wxbot.conversations.evaluation.rating.is_sampled", lambda _id: True)
    monkeypatch.setattr("wxbot.conversations.evaluation.rating.needs_second_rater", lambda _id: False)


async def _jobs(clinic: Clinic, *names: str) -> None:
    for name in names:
        await clinic.app.runner.run_now(name)


async def _found(clinic: Clinic, words: str) -> set[str]:
    """The collections in which the words stand."""
    return {name for name, text in (await everything(clinic)).items() if words in text}


async def talked_about(clinic: Clinic, mark: str = MARK) -> tuple[str, ContactId]:
    """A patient about whom the mark was written into everything at the desk that takes words."""
    clinic.stand_still()
    chat, review = clinic.app.services.chat, clinic.app.services.review
    manager = await colleague(clinic, Role.MANAGER)
    admin = await colleague(clinic, Role.ADMIN)
    phone = await bound(clinic, manager)
    openid = await clinic.person(f"小{mark}")
    contact_id = await contact_id_of(clinic, openid)
    await clinic.say(openid, "人工")
    await clinic.say(openid, f"我拔完牙，{mark}，血一直止不住")
    await clinic.say(openid, f"{mark}，怎么没有人")
    for _ in range(8):  # nobody answers: colleagues are told on their own WeChat
        await clinic.move(MINUTE)
        await _jobs(clinic, "run_desk", "deliver_outbox")
    told = [seen.text for seen in clinic.sent_to(phone) if mark[:4] in seen.text]
    assert any("已等" in text for text in told)
    assert any("血一直止不住" in text and "已等" not in text for text in told)

    reception = await colleague(clinic)
    await take(clinic, openid, reception)
    await answer(clinic, openid, f"{mark}，我查一下，明天下午三点前给您答复", reception)
    episode = await episode_of(clinic, openid)
    await chat.replies.send_photo(episode.id, sample_image(), key="photo", by=reception, now=clinic.now)
    await clinic.move(timedelta(seconds=6))
    await chat.drafts.keep(contact_id, f"{mark}草稿", note=False, edit=0, by=reception, now=clinic.now)
    await chat.notes.write(contact_id, f"{mark}备注 @主管", key="n1", by=reception, now=clinic.now)
    await chat.notes.write(contact_id, f"{mark}悄悄话", key="n2", whisper=True, by=manager, now=clinic.now)
    await chat.replies.other_ways.phone(episode.id, f"{mark}请打电话", by=reception, now=clinic.now)
    later = clinic.now + timedelta(hours=1)
    await chat.replies.send_later(episode.id, f"{mark}稍后发", key="later", at=later, by=reception, now=clinic.now)
    form = IntakeForm(
        answers={each.key: f"{mark}{each.name}" for each in review.intakes.fields},
        consent=True,
        health=True,
        relation=mark,
    )
    await review.intakes.save(contact_id, form, 0, by=reception, now=clinic.now)
    episode = await episode_of(clinic, openid)
    handover = Handover(
        at=clinic.now,
        by=AccountId(reception.id),
        to=None,
        reason="午饭",
        asked=f"{mark}问",
        promised=f"{mark}答应",
        still_open=f"{mark}没办完",
    )
    await chat.desk.hand_over(episode.id, handover, revision=episode.revision, by=reception, now=clinic.now)
    await take(clinic, openid, reception)
    episode = await episode_of(clinic, openid)
    ending = Ending(kind=EndingKind.AGENT, by=reception.by, at=clinic.now, reason="测试")
    await chat.desk.close(
        episode.id, ending, note=f"{mark}结束", revision=episode.revision, by=reception, now=clinic.now
    )
    await _jobs(clinic, "measure_episodes")
    found = Mark(item=RubricItem.CURT, level=3, words=f"{mark}生硬")
    rating = await review.ratings.rate(episode.id, (found,), f"{mark}评语", by=manager, now=clinic.now)
    rating = await review.ratings.answer(rating.id, f"{mark}说明", by=reception, now=clinic.now)
    rating = await review.ratings.appeal(rating.id, f"{mark}申诉", by=reception, now=clinic.now)
    await review.ratings.decide(rating.id, 60, f"{mark}裁定", by=admin, now=clinic.now)
    (incident,) = await review.incidents.listed(by=manager)
    await review.incidents.settle(
        incident.id,
        incident.revision,
        root_cause=f"{mark}当时没有人看着队列",
        measures=f"{mark}两人值班",
        by=manager,
        now=clinic.now,
    )
    await clinic.say(openid, f"{mark}，人工，还有一件事")  # and a second talk is open when they leave
    await take(clinic, openid, reception)
    episode = await episode_of(clinic, openid)
    snooze = Snooze(until=clinic.now + timedelta(hours=2), why=f"{mark}等片子")
    await chat.desk.snooze(episode.id, snooze, by=reception, now=clinic.now)
    return openid, contact_id


WRITTEN = {
    "drafts",
    "episodes",
    "followups",
    "incidents",
    "intakes",
    "interactions",
    "notes",
    "outbox",
    "promises",
    "ratings",
}


@pytest.mark.usefixtures("rated_by_anybody")
async def test_after_an_erasure_no_word_about_the_contact_stands_anywhere(clinic: Clinic) -> None:
    openid, contact_id = await talked_about(clinic)
    await _jobs(clinic, "index_messages")
    assert await _found(clinic, MARK) >= WRITTEN
    assert len(await clinic.rows("message_words", {"contact_id": contact_id})) > 0
    (figures,) = await clinic.rows("episode_figures")
    await clinic.platform.unfollow(openid)
    await clinic.move(ERASED_AFTER)

    assert await _found(clinic, MARK) == set()
    assert await _found(clinic, openid) == set()
    for collection in ("message_words", "media", "notes", "drafts", "promises", "intakes", "rights", "incidents"):
        assert await clinic.rows(collection, {"$or": [{"_id": contact_id}, {"contact_id": contact_id}]}) == []
    assert await clinic.rows("outbox", {"about": contact_id, "state": "waiting"}) == []
    episodes = await clinic.rows("episodes")
    assert [each["state"] for each in episodes] == ["closed", "closed"]
    (rating,) = await clinic.rows("ratings")
    assert (rating["points"], rating["decided_points"]) == (0, 60)
    (incident,) = await clinic.rows("incidents")
    assert (incident["level"], incident["owner_name"]) == (3, "林主管")

    manager = (await clinic.app.services.staff.by_login(Role.MANAGER.value, by=SYSTEM)).actor
    await _jobs(clinic, "measure_episodes", "index_messages", "check_message_index", "run_desk")
    local = clinic.now.astimezone(clinic.app.services.clinic.timezone).date()
    await clinic.app.services.review.figures.measure_again(local - timedelta(days=7), local, by=manager)
    assert await clinic.rows("episode_figures") == [{**figures, "contact_id": "", "hits": []}]


@pytest.mark.usefixtures("rated_by_anybody")
async def test_a_console_that_was_left_open_writes_nothing_about_who_was_erased(clinic: Clinic) -> None:
    openid = await clinic.person()
    contact_id = await contact_id_of(clinic, openid)
    reception = await colleague(clinic)
    await clinic.platform.unfollow(openid)
    await clinic.move(ERASED_AFTER)
    chat, now = clinic.app.services.chat, clinic.now
    form = IntakeForm(answers={clinic.app.services.review.intakes.fields[0].key: MARK}, health=True)
    late: list[Callable[[], Awaitable[object]]] = [
        lambda: chat.drafts.keep(contact_id, MARK, note=False, edit=0, by=reception, now=now),
        lambda: chat.notes.write(contact_id, MARK, key="late", by=reception, now=now),
        lambda: clinic.app.services.review.intakes.save(contact_id, form, 0, by=reception, now=now),
        lambda: chat.desk.start(contact_id, by=reception, now=now),
    ]
    for write in late:
        with pytest.raises(NotFoundError):
            await write()
    assert await _found(clinic, MARK) == set()
    assert await clinic.rows("episodes") == []
