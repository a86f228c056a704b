"""Practice over a real mongod: the articles' bad cases, scored; live chats only after enough are passed (A3-27)."""

from datetime import timedelta

import pytest

from tests.auditing import NOBODY
from tests.store.test_figures import AGENT, LEAD, OTHER, PRACTICE, TRAINING, review
from tests.unit.conversations.talks import OPENED
from wxbot.actors import Actor
from wxbot.conversations.evaluation.practice_models import Practice
from wxbot.conversations.evaluation.review import Review
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError

__all__ = ["review"]

GOOD = {
    "unpaid": (
        "您先别着急，我理解您现在的难处。请问您住在哪个病区、大概欠了多少呢？",
        "费用的事我马上帮您联系住院部收费处，下午三点前回复您结果，您看可以吗？",
    ),
    "ignored": (
        "很抱歉让您久等了，刚才没有答清楚。请问您想了解哪一项？",
        "拔完智齿两小时后麻药过了就可以吃温凉、软的食物，当天不要用那一侧咀嚼，也不要吸吮伤口，您记得按时吃药好吗？",
    ),
    "provoked": (
        "您好，我理解您的顾虑，请您慢慢说，您想咨询哪方面的问题呢？我来帮您。",
        "您放心，方案由医生面诊后决定。请问您是牙疼，还是想做修复呢？我为您安排。",
    ),
}


async def play(review: Review, case: str, *replies: str, by: Actor = AGENT, every: int = 10) -> Practice:
    """Play a case with those replies, then ask for more, say goodbye and end it."""
    at = OPENED
    practice = await review.practices.begin(case, by=by, now=at)
    for reply in replies:
        at += timedelta(seconds=every)
        practice = await review.practices.reply(practice.id, reply, by=by, now=at)
    return await review.practices.finish(practice.id, by=by, now=at + timedelta(seconds=every))


ENDING = ("请问您还有其他疑问吗？", "感谢您的咨询，祝您健康，再见！")


@pytest.mark.parametrize("case", GOOD)
async def test_a_good_talk_passes(review: Review, case: str) -> None:
    done = await play(review, case, *GOOD[case], *ENDING)
    assert (done.passed, done.points, done.faults) == (True, 100, ())
    assert done.lines[-2].text == "没有了，谢谢"


async def test_the_patient_says_their_lines_one_by_one(review: Review) -> None:
    practice = await review.practices.begin("unpaid", by=AGENT, now=OPENED)
    assert [line.text for line in practice.lines] == ["我住院欠费了，卡里没钱交，怎么办啊"]
    practice = await review.practices.reply(practice.id, "您先别着急", by=AGENT, now=OPENED)
    assert practice.lines[-1].text == "你们就不能通融一下吗"


@pytest.mark.parametrize(
    ("case", "replies"),
    [
        ("unpaid", ("关咱们什么事，把手机卖了，就有钱交话费了",)),  # A0-31
        ("provoked", ("TMD你说谁烤羊肉串",)),  # A0-33, A0-35
        ("ignored", ("你看不懂中文吗", "嗯")),  # A0-38
        ("third_party", ("只要他另一侧正常就可以怀孕的，祝你好孕，再见",)),  # A0-15
        (
            "shift_end",
            ("我这边系统快要关闭了，一句两句咱们也分析不清楚，你打我办公室免费电话或留个你的联系方式",),
        ),  # A0-04
        ("price", ("六千可以，我帮您申请应该没有问题",)),  # A3-08
    ],
)
async def test_what_the_articles_quote_as_bad_does_not_pass(
    review: Review, case: str, replies: tuple[str, ...]
) -> None:
    done = await play(review, case, *replies)
    assert not done.passed
    assert done.faults


async def test_slow_answers_cost_points_at_any_hour(review: Review) -> None:
    done = await play(review, "unpaid", *GOOD["unpaid"], *ENDING, every=130)
    assert done.points == 90  # later than 30 s, later than 120 s
    assert any("超过 30 秒" in each for each in done.faults)


async def test_live_chats_come_after_three_different_cases(review: Review) -> None:
    await review.practices.require(AccountId("li"), by=LEAD, now=OPENED)
    for case in ("unpaid", "unpaid", "ignored"):
        await play(review, case, *GOOD[case], *ENDING)
        assert TRAINING.trainees == {"li"}
    await play(review, "provoked", "嗯")
    assert TRAINING.trainees == {"li"}
    await play(review, "provoked", *GOOD["provoked"], *ENDING)
    assert TRAINING.trainees == set()
    assert await review.practices.passed(AccountId("li")) == {"unpaid", "ignored", "provoked"}
    assert PRACTICE.needed == 3


async def test_a_finished_practice_goes_on_no_more_and_is_seen_by_its_trainee_and_supervisors(review: Review) -> None:
    done = await play(review, "unpaid", *GOOD["unpaid"])
    with pytest.raises(NotNowError):
        await review.practices.reply(done.id, "再说一句", by=AGENT, now=OPENED)
    assert await review.practices.one(done.id, by=LEAD) == done
    for use in (review.practices.one(done.id, by=OTHER), review.practices.begin("nonsense", by=AGENT, now=OPENED)):
        with pytest.raises(NotFoundError):
            await use
    assert await review.practices.results(by=LEAD) == [done]
    assert await review.practices.results(by=OTHER) == []
    with pytest.raises(ForbiddenError):
        await review.practices.begin("unpaid", by=NOBODY, now=OPENED)
    with pytest.raises(ForbiddenError):
        await review.practices.results(by=NOBODY)
    with pytest.raises(ForbiddenError):
        await review.practices.require(AccountId("wu"), by=AGENT, now=OPENED)


async def test_an_empty_reply_is_refused_and_no_practice_touches_a_transcript(
    database: Database, review: Review
) -> None:
    practice = await review.practices.begin("unpaid", by=AGENT, now=OPENED)
    with pytest.raises(FieldErrors):
        await review.practices.reply(practice.id, "  ", by=AGENT, now=OPENED)
    assert await database.collection("interactions").count_documents({}) == 0
    assert await database.collection("outbox").count_documents({}) == 0
