"""One question after a talk, answered in the chat, through the front door (A0-42)."""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.conftest import Clinic, OpenClinic
from tests.scenarios.talking import answer, close, colleague, open_episode, take
from wxbot.actors import SYSTEM, Actor
from wxbot.conversations.episodes.after_talk import SurveyAfterTalk
from wxbot.conversations.models import EndingKind, Episode, EpisodeId
from wxbot.conversations.store import EpisodeStore
from wxbot.history.models import Kind
from wxbot.outbox.models import Message
from wxbot.patients.service import Patients
from wxbot.surveys.asking import Surveys
from wxbot.surveys.models import ResponseState, Satisfaction, SurveyResponse

QUESTION = "刚才的服务您满意吗？回复 1 满意 2 一般 3 不满意。"
LEAVES = timedelta(seconds=30)


async def ended(clinic: Clinic, kind: EndingKind = EndingKind.GREETING) -> tuple[str, Actor, Episode]:
    """A patient, the colleague who answered them, and the talk that has ended."""
    openid, by = await clinic.person(), await colleague(clinic)
    return openid, by, await talk(clinic, openid, by, kind)


async def talk(clinic: Clinic, openid: str, by: Actor, kind: EndingKind = EndingKind.GREETING) -> Episode:
    await clinic.say(openid, "人工")
    await take(clinic, openid, by)
    await answer(clinic, openid, "您好，已帮您登记好了。再见！", by)
    return await close(clinic, openid, by, kind)


async def leaves(clinic: Clinic) -> None:
    """The question leaves, and the figures learn of it."""
    await clinic.move(LEAVES)
    await clinic.app.runner.run_now("measure_episodes")


def asked(clinic: Clinic, openid: str) -> list[str]:
    return [seen.text for seen in clinic.sent_to(openid) if QUESTION in (seen.text or "")]


async def of(clinic: Clinic, episode: Episode) -> SurveyResponse | None:
    return (await clinic.app.services.surveys.asking.of_talks([episode.id])).get(episode.id)


async def kept_of(clinic: Clinic, episode: Episode) -> SurveyResponse:
    found = await of(clinic, episode)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", [EndingKind.GREETING, EndingKind.CLIENT, EndingKind.AGENT])
async def test_who_was_answered_is_asked_once_after_the_talk(clinic: Clinic, kind: EndingKind) -> None:
    openid, _, episode = await ended(clinic, kind)
    assert asked(clinic, openid) == []  # the farewell may still be taken back
    await leaves(clinic)
    await leaves(clinic)
    assert len(asked(clinic, openid)) == 1
    assert (await kept_of(clinic, episode)).state is ResponseState.SENT


@pytest.mark.parametrize(
    ("said", "kept", "thanked"),
    [
        ("1", Satisfaction.SATISFIED, "谢谢您的肯定"),
        ("一般", Satisfaction.FAIR, "继续改进"),
        ("满意，谢谢", Satisfaction.SATISFIED, "谢谢您的肯定"),
    ],
)
async def test_a_number_or_a_word_is_kept_on_the_talk_and_thanked(
    clinic: Clinic, said: str, kept: Satisfaction, thanked: str
) -> None:
    openid, _, episode = await ended(clinic)
    await leaves(clinic)
    assert thanked in await clinic.say(openid, said)
    response = await kept_of(clinic, episode)
    assert (response.satisfaction, response.state) == (kept, ResponseState.DONE)
    assert response.answered_at is not None
    assert [line.text for line in await clinic.story(openid) if line.kind is Kind.SURVEY_ANSWERED] == [kept.label]
    assert await open_episode(clinic, openid) is None
    assert await clinic.rows("followups", {"kind": "complaint"}) == []


async def test_a_tap_answers_also_a_day_later_and_the_latest_counts(clinic: Clinic) -> None:
    openid, _, episode = await ended(clinic)
    await leaves(clinic)
    assert clinic.offered(openid) == ["满意", "一般", "不满意"]
    assert "谢谢您的肯定" in await clinic.say(openid, "满意", menu_id=f"survey:{episode.id}:satisfied")
    await clinic.move(timedelta(hours=24))
    assert "继续改进" in await clinic.say(openid, "一般", menu_id=f"survey:{episode.id}:fair")
    assert (await kept_of(clinic, episode)).satisfaction is Satisfaction.FAIR


async def test_a_dissatisfied_patient_gets_a_supervisor_within_48_hours_with_their_own_words(clinic: Clinic) -> None:
    openid, by, episode = await ended(clinic)
    await leaves(clinic)
    assert "负责人会在 48 小时内联系您" in await clinic.say(openid, "不满意")
    [task] = await clinic.rows("followups", {"kind": "complaint"})
    assert "主管" in task["reason"]
    assert by.name in task["reason"]
    assert timedelta(hours=47) < task["due_at"] - clinic.now <= timedelta(hours=48)
    assert "已转给负责人" in await clinic.say(openid, "等了一个小时都没人理我")
    [task] = await clinic.rows("followups", {"kind": "complaint"})
    assert [each["text"] for each in task["words"]] == ["不满意", "等了一个小时都没人理我"]
    assert await open_episode(clinic, openid) is None
    assert (await kept_of(clinic, episode)).followup_id == task["_id"]


async def test_a_reason_in_the_same_message_goes_with_the_answer(clinic: Clinic) -> None:
    openid, _, _ = await ended(clinic)
    await leaves(clinic)
    assert "已转给负责人" in await clinic.say(openid, "不满意，等太久了")
    [task] = await clinic.rows("followups", {"kind": "complaint"})
    assert [each["text"] for each in task["words"]] == ["不满意，等太久了"]


async def test_what_holds_another_wish_is_no_answer(clinic: Clinic) -> None:
    openid, _, episode = await ended(clinic)
    await leaves(clinic)
    assert "这些日期还有号" in await clinic.say(openid, "满意，我想预约洗牙")
    assert (await kept_of(clinic, episode)).answers == ()


async def test_a_number_after_something_else_is_no_answer(clinic: Clinic) -> None:
    openid, _, episode = await ended(clinic)
    await leaves(clinic)
    await clinic.say(openid, "诊所信息")
    await clinic.say(openid, "3")
    assert (await kept_of(clinic, episode)).answers == ()


async def test_after_two_days_words_are_about_something_else(clinic: Clinic) -> None:
    openid, _, episode = await ended(clinic)
    await leaves(clinic)
    await clinic.move(timedelta(hours=48))
    await clinic.say(openid, "3")
    await clinic.say(openid, "不满意")
    assert "这次评价已经结束" in await clinic.say(openid, "不满意", menu_id=f"survey:{episode.id}:dissatisfied")
    assert (await kept_of(clinic, episode)).answers == ()


async def test_danger_signs_come_before_an_answer(clinic: Clinic) -> None:
    openid, _, episode = await ended(clinic)
    await leaves(clinic)
    await clinic.say(openid, "不满意，拔牙的地方一直在流血止不住")
    assert (await kept_of(clinic, episode)).answers == ()
    assert len(await clinic.rows("followups", {"kind": "danger"})) == 1


async def test_nobody_is_asked_twice_within_thirty_days(clinic: Clinic) -> None:
    openid, by, _ = await ended(clinic)
    await leaves(clinic)
    await talk(clinic, openid, by)
    await leaves(clinic)
    assert len(asked(clinic, openid)) == 1
    await clinic.move(timedelta(days=30))
    await talk(clinic, openid, await colleague(clinic))
    await leaves(clinic)
    assert len(asked(clinic, openid)) == 2


async def test_a_fault_an_open_case_a_stop_or_the_last_reply_asks_nothing(clinic: Clinic) -> None:
    fault, by, _ = await ended(clinic, EndingKind.SYSTEM)
    case = await clinic.person("小王")
    await clinic.say(case, "我要投诉你们，态度太差了")
    await take(clinic, case, by)
    await answer(clinic, case, "很抱歉，负责人会给您打电话。", by)
    await close(clinic, case, by)
    stopped = await clinic.person("小陈")
    await clinic.say(stopped, "退订")
    await talk(clinic, stopped, by)
    spent = await clinic.person("小周")
    await clinic.say(spent, "人工")
    await take(clinic, spent, by)
    for words in ("您好。", "已帮您看过。", "都好。", "再见！"):
        await answer(clinic, spent, words, by)
    await close(clinic, spent, by)
    unheard = await clinic.person("小吴")
    await clinic.say(unheard, "人工")
    await clinic.say(unheard, "不用了")
    await leaves(clinic)
    for openid in (fault, case, stopped, spent, unheard):
        assert asked(clinic, openid) == []


async def test_whoever_writes_again_before_it_leaves_is_not_asked(clinic: Clinic) -> None:
    openid, _, episode = await ended(clinic)
    await clinic.say(openid, "人工")
    await leaves(clinic)
    assert asked(clinic, openid) == []
    assert (await kept_of(clinic, episode)).state is ResponseState.UNSENT
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    assert contact.survey is None  # it was no question: the next talk may ask


async def test_closing_again_after_a_crash_asks_once(clinic: Clinic) -> None:
    openid, _, episode = await ended(clinic)
    surveys = SurveyAfterTalk(clinic.app.services.surveys.asking, clinic.app.services.chat.rules)
    kept = await clinic.app.services.chat.desk.get(episode.id, by=SYSTEM)
    for before in (episode, kept, kept):
        await surveys.ask(before, clinic.now)
    await leaves(clinic)
    await surveys.ask(kept, clinic.now)
    await leaves(clinic)
    assert len(asked(clinic, openid)) == 1
    assert len(await clinic.rows("outbox", {"template": "survey.ask"})) == 1


def another(clinic: Clinic) -> SurveyAfterTalk:
    """The same use case in another process: nothing is shared but the database."""
    services, stores, database = clinic.app.services, clinic.app.stores, clinic.app.database
    asking = Surveys(
        stores.survey_responses,
        outbox=services.outbox,
        patients=Patients(stores.patients, services.history),
        followups=services.followups,
        booking=services.booking,
        clock=clinic.app.clock,
        rules=services.surveys.asking.rules,
        talks=EpisodeStore(database).open_of,
        public_url="",
    )
    return SurveyAfterTalk(asking, services.chat.rules)


async def test_of_four_processes_one_asks_and_of_two_talks_one_is_asked_about(clinic: Clinic) -> None:
    openid, by, first = await ended(clinic)
    contacts = clinic.app.database.collection("contacts")
    await contacts.update_one({"_id": first.contact_id}, {"$set": {"survey": None}})
    await clinic.app.database.collection("outbox").delete_many({"template": "survey.ask"})
    await clinic.app.database.collection("survey_responses").delete_many({})
    first = await clinic.app.services.chat.desk.get(first.id, by=SYSTEM)
    second = replace(first, id=EpisodeId("other"), key="other", keys=("other",), version=0)
    assert await clinic.app.stores.episodes.insert(second)
    processes = [another(clinic) for _ in range(4)]
    asked_about = await asyncio.gather(
        *(each.ask(episode, clinic.now) for each in processes for episode in (first, second))
    )
    assert sum(asked_about) == 4  # the same talk, whoever asks
    assert len(await clinic.rows("outbox", {"template": "survey.ask"})) == 1
    assert len(await clinic.rows("survey_responses", {})) == 1
    del openid, by


async def test_the_service_stopping_before_the_question_is_kept_asks_it_when_the_end_is_finished(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = clinic.app.services.outbox
    kept = outbox.enqueue

    async def gone(messages: Sequence[Message]) -> int:
        if any(each.template == "survey.ask" for each in messages):
            raise RuntimeError("the process ends here")
        return await kept(messages)

    monkeypatch.setattr(outbox, "enqueue", gone)
    openid, by = await clinic.person(), await colleague(clinic)
    with pytest.raises(RuntimeError):
        await talk(clinic, openid, by)
    monkeypatch.undo()
    await clinic.move(timedelta(seconds=11))
    await clinic.app.runner.run_now("run_desk")
    await leaves(clinic)
    assert len(asked(clinic, openid)) == 1


async def test_it_can_be_switched_off(open_clinic: OpenClinic, tmp_path: Path) -> None:
    shutil.copytree("config", tmp_path / "config", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    file = tmp_path / "config" / "surveys.toml"
    file.write_text(file.read_text().replace("ask = true", "ask = false"))
    clinic = await open_clinic(config_dir=tmp_path / "config")
    openid, _, episode = await ended(clinic)
    await leaves(clinic)
    assert asked(clinic, openid) == []
    assert await of(clinic, episode) is None


async def test_the_figures_count_asked_answered_and_satisfied(clinic: Clinic) -> None:
    openid, _, episode = await ended(clinic)
    await leaves(clinic)
    [row] = await clinic.rows("episode_figures", {"_id": episode.id})
    assert (row["surveyed"], row["satisfaction"]) == (True, None)
    await clinic.say(openid, "3")
    await leaves(clinic)
    [row] = await clinic.rows("episode_figures", {"_id": episode.id})
    assert (row["surveyed"], row["satisfaction"]) == (True, "dissatisfied")
