"""Every reason why a message stands where it stands, and its sentence. Any message has exactly one; pure.

The rooms that check preconditions name theirs here as well, so that one table tells staff everything:
docs/reasons.md is held to it.
"""

from collections.abc import Mapping

from wxbot.messaging import Channel
from wxbot.outbox.models import Message, State

SENT: Mapping[Channel | None, str] = {
    Channel.CUSTOMER: "sent_customer",
    Channel.NOTICE: "sent_notice",
    Channel.TEMPLATE: "sent_template",
}
PLANNED, SENDING, NOT_DELIVERED, REFUSED = "planned", "sending", "not_delivered", "refused"

REASONS: Mapping[str, str] = {
    # on its way, and gone
    PLANNED: "到时间就发送",
    SENDING: "正在发送",
    "sent_customer": "已用客服消息发出",
    "sent_notice": "已用订阅通知发出",
    "sent_template": "已用模板消息发出",
    # who cannot be reached
    "unknown_contact": "找不到联系人",
    "erased": "微信信息已删除",
    "unfollowed": "已取消关注",
    "refuses_messages": "关闭了消息接收",
    "no_contact": "没有关注公众号",
    "unreachable": "没有微信也没有电话",
    # what the patient wants
    "no_consent": "没有同意接收",
    "topic_off": "不接收这一类消息",
    # holds
    "dispute": "有纠纷",
    "objection": "有异议未解决",
    "unrecovered": "还在恢复期",
    "adverse": "有不良反应",
    "deceased": "患者已去世",
    "opted_out": "不愿接收",
    "hold": "已暂停联系",
    # marketing
    "declined": "说过不需要",
    "under_age": "不满 14 周岁",
    "no_care": "还没有关怀过",
    "marketing_cap": "30 天内营销已达上限",
    "marketing_in_a_row": "最近几条都是营销",
    "marketing_share": "营销占比会超过上限",
    "marketing_between": "上次营销之后关怀还不到三次",
    # time
    "expired": "已过有效时间",
    "quiet_hours": "夜间免打扰",
    "care_cap": "当天关怀已够多",
    "greeted_today": "当天已发过祝福",
    # what it was about
    "appointment_cancelled": "预约已取消",
    "appointment_over": "患者已就诊",
    "appointment_missed": "患者未到诊",
    "appointment_gone": "预约已不存在",
    "appointment_moved": "预约已改期",
    "not_treated": "这次就诊没有完成",
    "not_arrived": "到诊已撤销",
    "not_attended": "这次就诊没有完成",
    "came_after_all": "未到诊已撤销",
    "no_birthday": "生日已更改或不满14周岁",
    "date_removed": "日期已删除",
    "unknown_condition": "不认识发送条件",
    "call": "按计划由同事打电话",
    "survey": "按计划请患者评价",
    "ended": "计划已结束",
    "condition": "不符合这一步的条件",
    "answered": "已经回答过",
    "feedback": "之后已有回音",
    "booked_again": "已约好下次",
    "lead_booked": "已约好或来过",
    "lead_refused": "患者不考虑了",
    "lead_gone": "登记已撤销",
    "lead_newer": "有更近的登记",
    "lead_same": "同一次已登记",
    "asked": "等同事决定是否补发",
    "hand_set": "同事刚改了时间",
    "skipped_after_downtime": "中断或暂停后不再补发",
    "missed_downtime": "中断或暂停期间已过有效时间",
    "visit_called": "患者已不在等候",
    "visit_not_left": "离开的登记已撤销",
    "waitlist_offer_over": "空号已有答复或已过期",
    "survey_not_now": "现在不适合询问满意度",
    "patient_spoke": "患者或同事已经说话",
    "with_a_person": "同事已在接待",
    "conversation_gone": "找不到会话",
    "conversation_closed": "会话已结束",
    "conversation_owner": "会话已由别的同事接待",
    "words": "内容里有不能说的话",
    "broadcast_cancelled": "推送已取消",
    "broadcast_gone": "推送已不存在",
    "broadcast_paused": "推送已暂停",
    "patient_changed": "就诊人资料有变动",
    "same_contact": "同一位联系人已在名单里",
    "no_slot": "90 天内轮不到",
    # people
    "cancelled": "同事取消了",
    "taken_back": "写的同事撤回了",
    "photo_gone": "图片已被删除",
    # channels and the platform
    "no_channel": "没有可用的微信渠道",
    "rights_closed": "等患者下次互动",
    "channel_rests": "微信接口暂停使用",
    "failed:user block": "患者拒收了这类消息",
    "failed:system failed": "微信系统原因没有送达",
    NOT_DELIVERED: "微信回执说没有送达",
    REFUSED: "微信拒绝了",
    "no_answer": "平台没有回应",
    # our own
    "wording": "模板无法填写",
    "internal": "系统暂时出错",
    "recovered": "处理中断后重新排队",
    "interrupted": "发送时中断",
    "restored": "从备份恢复，不再自动发送",
    "waits": "暂时无法判断",
}
"""Code → a few words for lists. A platform's error code, all digits, stands for itself."""

_BY_STATE: Mapping[State, str] = {
    State.WAITING: PLANNED,
    State.CLAIMED: SENDING,
    State.FAILED: NOT_DELIVERED,
    State.DROPPED: "cancelled",
    State.UNKNOWN: "interrupted",
}


def reason_of(message: Message) -> str:
    """The one reason why a message stands where it stands."""
    if message.state in {State.ACCEPTED, State.DELIVERED}:
        return SENT.get(message.channel, SENT[Channel.CUSTOMER])
    if message.state is State.CLAIMED:
        return SENDING
    return message.reason or _BY_STATE[message.state]


def reason_words(code: str) -> str:
    """A code in a few words; a platform's error code as such."""
    if code.lstrip("-").isdigit():
        return f"微信返回代码 {code}"
    return REASONS.get(code, "其他原因")


def reason_sentence(message: Message) -> str:
    """The sentence of that reason: what was decided in words, else the words of the code."""
    return message.explanation or reason_words(reason_of(message))
