"""Holds in words for staff."""

from datetime import tzinfo

from wxbot.patients.models import TOPIC_NAMES, Hold


def hold_text(hold: Hold, zone: tzinfo | None = None) -> str:
    """The kind, what it is limited to, the reason, and with a `zone` until when: 不愿接收（营销消息）：电话里说的."""
    limited = f"（{'、'.join(TOPIC_NAMES[each] for each in hold.topics)}）" if hold.topics else ""
    ends = f"（到{hold.until.astimezone(zone):%Y-%m-%d %H:%M}）" if zone is not None and hold.until is not None else ""
    return f"{hold.kind.label}{limited}：{hold.reason}{ends}"
