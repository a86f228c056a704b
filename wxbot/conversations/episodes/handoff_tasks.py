"""请求人工 in 待办: while its conversation is open the task ends with it, at the desk, and not by hand."""

from wxbot.conversations.episodes.desk import Desk
from wxbot.followups.models import FollowUpId, FollowUpKind, FollowUpState
from wxbot.followups.service import FollowUps
from wxbot.workflow import NotNowError

TALKED_OF = "这位患者的会话还没有结束。请打开会话回复；结束会话时，这条待办会一起完成。"


async def refuse_while_open(followups: FollowUps, desk: Desk, followup_id: FollowUpId) -> None:
    """Refuse to close such a task by hand. Raises NotNowError; says nothing of tasks that are unknown or closed."""
    task = await followups.by_id(followup_id)
    if task is None or task.kind is not FollowUpKind.HANDOFF or task.state is not FollowUpState.OPEN:
        return
    if task.contact_id is not None and await desk.of_contact(task.contact_id) is not None:
        raise NotNowError(TALKED_OF)
