"""The tiles of 今日: what each number is called, where its records are, and who may open them."""

from collections.abc import Mapping
from dataclasses import dataclass

from wxbot.actors import Actor
from wxbot.board.models import Number, Topic


@dataclass(frozen=True)
class Tile:
    """How a topic is shown."""

    name: str
    path: str
    permission: str


TILES: Mapping[Topic, Tile] = {
    Topic.DANGERS: Tile("危险征兆", "/console/followups?kind=danger", "followups:task:read"),
    Topic.COMPLAINTS: Tile("投诉", "/console/followups?kind=complaint", "followups:task:read"),
    Topic.WAITING_CHATS: Tile("等待人工回复", "/console/desk", "desk:conversation:read"),
    Topic.DUE_FOLLOWUPS: Tile("到期回访", "/console/followups?tab=overdue&kind=phone", "followups:task:read"),
    Topic.CHECKS: Tile("需要核实", "/console/followups?kind=check", "followups:task:read"),
    Topic.VISITS_TODAY: Tile("今日预约", "/console/today/visits", "booking:appointment:read"),
    Topic.UNCONFIRMED: Tile("明日未确认", "/console/today/visits?day=tomorrow", "booking:appointment:read"),
    Topic.FAILED_MESSAGES: Tile("未送达或不确定的消息", "/console/messages", "outbox:message:read"),
    Topic.APPROVALS: Tile("等待审批", "/console/today/approvals", "templates:template:approve"),
}


def shown_to(actor: Actor, numbers: tuple[Number, ...]) -> list[tuple[Tile, Number]]:
    """The tiles that actor may open, in the order of the table."""
    counted = {number.topic: number for number in numbers}
    return [(tile, counted[topic]) for topic, tile in TILES.items() if topic in counted and actor.may(tile.permission)]
