"""Broadcasts in words for staff: states, outcomes and reasons. Every code that a rule gives has a line."""

from collections.abc import Mapping

from wxbot.broadcasts.models import BroadcastAction, BroadcastState
from wxbot.messaging import Channel, Purpose
from wxbot.outbox.models import State
from wxbot.outbox.reasons import reason_words as code_words

STATES: Mapping[BroadcastState, tuple[str, str]] = {  # words, tone of the badge
    BroadcastState.DRAFT: ("草稿", "plain"),
    BroadcastState.PREVIEWED: ("已核对名单", "calm"),
    BroadcastState.WAITING: ("待审批", "warn"),
    BroadcastState.APPROVED: ("已批准", "calm"),
    BroadcastState.RUNNING: ("发送中", "good"),
    BroadcastState.PAUSED: ("已暂停", "warn"),
    BroadcastState.DONE: ("已完成", "good"),
    BroadcastState.CANCELLED: ("已取消", "plain"),
}
PURPOSES: Mapping[Purpose, tuple[str, str]] = {
    Purpose.CARE: (Purpose.CARE.label, "good"),
    Purpose.MARKETING: (Purpose.MARKETING.label, "warn"),
}
ACTION_NAMES: Mapping[BroadcastAction, str] = {
    BroadcastAction.CREATED: "新建",
    BroadcastAction.EDITED: "修改",
    BroadcastAction.PREVIEWED: "核对名单",
    BroadcastAction.SUBMITTED: "提交审批",
    BroadcastAction.RETURNED: "退回修改",
    BroadcastAction.APPROVED: "批准",
    BroadcastAction.STARTED: "开始发送",
    BroadcastAction.PAUSED: "暂停",
    BroadcastAction.RESUMED: "继续",
    BroadcastAction.FINISHED: "发送完成",
    BroadcastAction.CANCELLED: "取消",
}
WILLS: Mapping[str, tuple[str, str]] = {
    "send": ("会发送", "good"),
    "wait": ("稍后发送", "calm"),
    "phone": ("改打电话", "warn"),
    "drop": ("不发送", "plain"),
}
CHANNELS: Mapping[str, str] = {"": "", **{channel.value: channel.label for channel in Channel}}
OUTCOMES: Mapping[State, tuple[str, str]] = {
    State.WAITING: ("等待发送", "calm"),
    State.CLAIMED: ("正在发送", "calm"),
    State.ACCEPTED: ("已发出", "good"),
    State.DELIVERED: ("已送达", "good"),
    State.FAILED: ("未送达", "bad"),
    State.DROPPED: ("没有发送", "plain"),
    State.UNKNOWN: ("不确定", "warn"),
}


def reason_words(code: str) -> str:
    """A rule's code in a few words; none: nothing stands against it."""
    return code_words(code) if code else "可以直接发送"
