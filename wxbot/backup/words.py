"""What staff read after a restore."""

from datetime import datetime, tzinfo

from wxbot.backup.models import Restored


def asks_to_check_push() -> str:
    """About a push that was in hand when the backup was made."""
    return "系统从备份恢复：备份时正在处理这位患者发来的消息，请核实是否已经答复"


def asks_to_look(restored: Restored, until: datetime, zone: tzinfo) -> str:
    """The one summary of what people must look at."""
    since = restored.manifest.header.taken_at.astimezone(zone)
    span = f"{since:%Y-%m-%d %H:%M} 至 {until.astimezone(zone):%Y-%m-%d %H:%M}"
    lines = [
        f"系统已从备份恢复。{span} 之间的记录没有了：期间的预约、改约、取消、退订和资料修改，请核对后补录。",
        "期间停用的账号和改过的密码也回到了备份时的样子，请管理员核对。",
    ]
    closed = restored.messages + restored.care_steps
    if closed:
        lines.append(f"期间可能已经发出的消息有 {closed} 条，不再自动发送；仍然要紧的已另开电话待办。")
    if restored.broadcasts:
        lines.append(f"进行中的推送已取消，请核实谁收到过，再另建推送：{_titles(restored.broadcasts)}。")
    if restored.returned:
        lines.append(f"待审批的推送已退回草稿，可能已经发出过：{_titles(restored.returned)}。")
    if restored.pushes:
        lines.append(f"备份时正在处理的患者消息有 {restored.pushes} 条，已另开待办。")
    return "".join(lines)


def _titles(titles: tuple[str, ...]) -> str:
    return "、".join(f"「{title}」" for title in titles)
