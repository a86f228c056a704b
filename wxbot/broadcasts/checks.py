"""Checks of a broadcast's draft. Pure."""

from datetime import datetime, timedelta

from wxbot.broadcasts import audience, wording
from wxbot.broadcasts.models import BroadcastDraft
from wxbot.clinic.models import Clinic
from wxbot.messaging import Purpose
from wxbot.templates.models import Template

LONGEST_TITLE = 40  # characters
FASTEST_PER_HOUR = 600  # more replies than staff can answer
PURPOSES = (Purpose.CARE, Purpose.MARKETING)
FURTHEST = timedelta(days=60)  # ahead of now
JUST_NOW = timedelta(minutes=5)  # a start so long ago was "now" when it was typed


def problems(draft: BroadcastDraft, template: Template | None, clinic: Clinic, now: datetime) -> dict[str, str]:
    """What is wrong, field → words for staff; empty when the broadcast can be previewed."""
    found: dict[str, str] = {}
    if not draft.title.strip():
        found["title"] = "请写一个标题，只有同事看得到"
    elif len(draft.title) > LONGEST_TITLE:
        found["title"] = f"最多 {LONGEST_TITLE} 个字"
    found |= _template_problems(draft, template)
    found |= audience.problems(draft.audience, clinic, now.astimezone(clinic.timezone).date())
    if not 1 <= draft.pace_per_hour <= FASTEST_PER_HOUR:
        found["pace_per_hour"] = f"每小时 1 到 {FASTEST_PER_HOUR} 条"
    if draft.starts_at is not None:
        if draft.starts_at < now - JUST_NOW:
            found["starts_at"] = "开始时间已经过去，请改晚一些，或留空表示批准后立即开始"
        elif draft.starts_at > now + FURTHEST:
            found["starts_at"] = f"最多提前 {FURTHEST.days} 天"
    return found


def _template_problems(draft: BroadcastDraft, template: Template | None) -> dict[str, str]:
    if draft.purpose not in PURPOSES:
        return {"purpose": "推送只能是关怀或营销"}
    if template is None:
        return {"template": "请选择一个模板"}
    if template.purpose is not draft.purpose:
        kind = template.purpose.label
        return {"template": f"这个模板的用途是{kind}，与推送的用途不同"}
    return wording.problems(template, draft.variables)
