"""What the platform reports is noted and never answered."""

from typing import Any

import pytest

from wxbot.dispatch import updates as u
from wxbot.followups.models import FollowUpKind


@pytest.mark.parametrize(
    ("status", "ok"), [("success", True), ("failed:user block", False), ("failed:system failed", False)]
)
async def test_a_template_receipt_settles_the_message(chat: Any, status: str, ok: bool) -> None:
    assert await chat.send(u.TemplateSettled, name="TEMPLATESENDJOBFINISH", message_id="343", status=status) is None
    assert chat.services.outbox.noted == [
        ("settle", {"platform_id": "343", "ok": ok, "status": status, "now": chat.now})
    ]


async def test_notice_receipts_settle_each_message(chat: Any) -> None:
    receipts = (
        u.NoticeReceipt(template_id="T1", message_id="1", code=0, status="success"),
        u.NoticeReceipt(template_id="T2", message_id="2", code=43101, status="user refuse"),
    )
    await chat.send(u.NoticesSettled, name="subscribe_msg_sent_event", receipts=receipts)
    about = {"contact_id": "c1", "now": chat.now}
    assert chat.services.outbox.noted == [
        ("settle", {"platform_id": "1", "ok": True, "code": 0, "status": "success", "template_id": "T1", **about}),
        (
            "settle",
            {"platform_id": "2", "ok": False, "code": 43101, "status": "user refuse", "template_id": "T2", **about},
        ),
    ]


@pytest.mark.parametrize("kind", [u.NoticesAnswered, u.NoticesChanged])
async def test_subscription_answers_change_the_rights(chat: Any, kind: type[u.Event]) -> None:
    answers = (u.NoticeAnswer(template_id="T1", accepted=True), u.NoticeAnswer(template_id="T2", accepted=False))
    assert await chat.send(kind, name="event", answers=answers) is None
    assert chat.services.outbox.noted == [("answers", "c1", [("T1", True), ("T2", False)], chat.now)]


@pytest.mark.parametrize("notice", ["annual_renew", "VERIFY_EXPIRED", "something_new"])
async def test_a_notice_about_the_account_becomes_somebodys_work(chat: Any, notice: str) -> None:
    assert await chat.send(u.AccountNotice, name=notice) is None
    (task,) = chat.services.followups.opened
    assert (task["kind"], task["key"], task["contact_id"]) == (FollowUpKind.CHECK, "account:k1", None)
    assert "公众" in task["reason"]


@pytest.mark.parametrize(
    ("status", "failed", "work"), [("send success", 0, 0), ("send success", 2, 1), ("err(20013)", 0, 1)]
)
async def test_a_mass_send_that_went_wrong_becomes_somebodys_work(
    chat: Any, status: str, failed: int, work: int
) -> None:
    await chat.send(
        u.MassSettled,
        name="MASSSENDJOBFINISH",
        message_id="9",
        status=status,
        total=10,
        sent=10 - failed,
        failed=failed,
    )
    assert len(chat.services.followups.opened) == work


@pytest.mark.parametrize(("status", "work"), [(0, 0), (2, 1)])
async def test_an_article_that_was_not_published_becomes_somebodys_work(chat: Any, status: int, work: int) -> None:
    await chat.send(u.PublishSettled, name="PUBLISHJOBFINISH", publish_id="5", status=status)
    assert len(chat.services.followups.opened) == work


async def test_a_closed_wechat_account_is_treated_like_an_unfollow(chat: Any) -> None:
    assert await chat.send(u.AuthorizationCancelled, name="user_authorization_cancellation") is None
    assert chat.services.patients.asked == [("unfollow", chat.now)]


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        (u.AuthorizationRevoked, {"data_kinds": ("206",)}),
        (u.ProfileRiskCleared, {}),
        (u.DeskSessionChanged, {"agent": "desk1@clinic"}),
        (u.PositionReported, {}),
        (u.UnknownEvent, {"details": {"a": "b"}}),
    ],
)
async def test_other_events_are_acknowledged(chat: Any, kind: type[u.Event], details: dict[str, Any]) -> None:
    assert await chat.send(kind, name="event", **details) is None
    assert (chat.router, chat.services.followups.opened, chat.services.patients.asked) == ("receipts", [], [])
