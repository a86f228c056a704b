"""Broadcasts in words for staff: states, outcomes and reasons. Every code that a rule gives has a line."""

from collections.abc import Mapping

from wxbot.broadcasts.models import BroadcastAction, BroadcastState
from wxbot.messaging import Channel, Purpose
from wxbot.outbox.models import State

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
_REASONS: Mapping[str, str] = {
    "": "可以直接发送",
    "quiet_hours": "夜间免打扰",
    "care_cap": "当天关怀已够多",
    "channel_rests": "微信接口暂停使用",
    "no_channel": "没有可用的微信渠道",
    "no_contact": "没有关注公众号",
    "unreachable": "没有微信也没有电话",
    "same_contact": "同一位联系人已在名单里",
    "under_age": "不满 14 周岁",
    "no_slot": "90 天内轮不到",
    "no_consent": "没有同意接收",
    "hold": "已暂停关怀",
    "objection": "有异议未解决",
    "unrecovered": "还在恢复期",
    "declined": "说过不需要",
    "no_care": "还没有关怀过",
    "marketing_cap": "30 天内营销已达上限",
    "marketing_in_a_row": "最近几条都是营销",
    "marketing_share": "营销占比会超过上限",
    "unfollowed": "已取消关注",
    "refuses_messages": "关闭了消息接收",
    "erased": "微信信息已删除",
    "unknown_contact": "找不到联系人",
    "expired": "已过有效时间",
    "wording": "模板无法填写",
    "broadcast_cancelled": "推送已取消",
    "broadcast_gone": "推送已不存在",
    "broadcast_paused": "推送已暂停",
    "patient_changed": "就诊人资料有变动",
    "internal": "系统暂时出错",
    "no_answer": "平台没有回应",
    "interrupted": "发送时中断",
}


def reason_words(code: str) -> str:
    """A rule's code in a few words; a platform's error code as such."""
    return _REASONS.get(code, f"微信返回代码 {code}" if code.isdigit() else "其他原因")
