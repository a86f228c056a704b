"""Finding a canned reply by its words, its folder or its initials."""

from datetime import UTC, datetime

import pytest

from tests.unit.quality.spoken_case import shipped
from wxbot.canned_replies.models import CannedReply, CannedReplyId, KeptReply, StoredReply
from wxbot.canned_replies.searching import found, searched


def kept(title: str, text: str = "您好", folder: str = "接待", uses: int = 0) -> KeptReply:
    value = CannedReply(id=CannedReplyId(title), title=title, text=text, folder=folder)
    at = datetime(2027, 3, 8, tzinfo=UTC)
    return KeptReply(
        stored=StoredReply(id=title, value=value, revision=1, by="staff:1", by_name="小李", at=at), uses=uses
    )


REPLIES = [
    searched(each)
    for each in (kept("请稍等"), kept("让您久等了", folder="等待"), kept("停车", text="楼下可以停车，稍等再进"))
]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["请稍等", "让您久等了", "停车"]),
        ("稍等", ["请稍等", "停车"]),
        ("qsd", ["请稍等"]),
        ("QSD", ["请稍等"]),
        ("sd", ["请稍等"]),
        ("tingche", ["停车"]),
        ("等待", ["让您久等了"]),
        ("等待 rn", ["让您久等了"]),
        ("没有", []),
    ],
)
def test_the_nearest_come_first(query: str, expected: list[str]) -> None:
    assert [each.value.title for each in found(REPLIES, query)] == expected


def test_of_equally_near_ones_the_most_used_come_first() -> None:
    replies = [searched(kept("再见一", uses=1)), searched(kept("再见二", uses=9))]
    assert [each.value.title for each in found(replies, "再见")] == ["再见二", "再见一"]


def test_every_shipped_reply_is_found_by_its_own_title() -> None:
    stored = [searched(kept(reply.title)) for reply in shipped().canned_replies]
    assert all(found(stored, reply.title)[0].value.title == reply.title for reply in shipped().canned_replies)
