"""The register of talks as a spreadsheet: one row per closed talk with what was measured of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from io import BytesIO

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.conversations.closing.leads import Goal
from wxbot.conversations.evaluation.measuring import EpisodeFigures
from wxbot.conversations.evaluation.reporting import RATE, Figures
from wxbot.conversations.evaluation.scoring import score
from wxbot.errors import FieldErrors
from wxbot.history.models import ContactId
from wxbot.patients.exports.cells import text_cell
from wxbot.spreadsheets.writing import column_letter, empty_workbook

SHORTEST_REASON, LONGEST_REASON = 5, 200  # characters, as of every export
TITLE = "会话登记"
WIDTH = 14  # characters of a column
_YES = "是"

Cell = str | int | float
Column = Callable[[EpisodeFigures, tzinfo], Cell]


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _mean(waits: Sequence[float]) -> Cell:
    return round(sum(waits) / len(waits)) if waits else ""


def _reached(goal: Goal) -> Column:
    def at(it: EpisodeFigures, zone: tzinfo) -> Cell:
        return _moment(it.goals[goal.value], zone) if goal.value in it.goals else ""

    return at


COLUMNS: Mapping[str, Column] = {
    "开始": lambda it, zone: _moment(it.opened_at, zone),
    "结束": lambda it, zone: _moment(it.closed_at, zone),
    "时长（分）": lambda it, _: round((it.closed_at - it.opened_at).total_seconds() / 60, 1),
    "班次": lambda it, _: it.shift,
    "来由": lambda it, _: it.cause.label,
    "要求人工": lambda it, _: _YES if it.asked_for_a_person else "",
    "人工应答": lambda it, _: _YES if it.human_answered else "",
    "首次答复（秒）": lambda it, _: "" if it.first_reply_seconds is None else round(it.first_reply_seconds),
    "后续答复平均（秒）": lambda it, _: _mean(it.next_reply_seconds),
    "后续答复最长（秒）": lambda it, _: round(max(it.next_reply_seconds)) if it.next_reply_seconds else "",
    "结束方式": lambda it, _: it.ending.label,
    "两次提醒后结束": lambda it, _: _YES if it.after_warnings else "",
    "问题没有答复": lambda it, _: _YES if it.left_unanswered else "",
    "患者轮次": lambda it, _: it.patient_turns,
    "客服轮次": lambda it, _: it.agent_turns,
    "患者字数": lambda it, _: it.patient_characters,
    "客服字数": lambda it, _: it.agent_characters,
    "客服提问": lambda it, _: it.agent_questions,
    "敷衍": lambda it, _: _YES if it.low_effort else "",
    "一问一答": lambda it, _: _YES if it.one_sided else "",
    **{goal.label: _reached(goal) for goal in Goal},
    "不在就诊范围": lambda it, _: _YES if it.out_of_scope else "",
    "用语提示": lambda it, _: "、".join(dict.fromkeys(each.name for each in it.hits)),
    "得分": lambda it, _: score(it).points,
}
"""What stands behind 患者, 来源 and 接待; waits are business time."""


class Register:
    """Takes the register out, with a reason that the audit keeps."""

    def __init__(self, figures: Figures, *, audit: AuditTrail) -> None:
        self._figures = figures
        self._audit = audit

    async def taken_out(
        self, first: date, last: date, reason: str, *, by: Actor, now: datetime
    ) -> list[EpisodeFigures]:
        """The closed talks of those local days, oldest first; written down before anything leaves.

        Raises ForbiddenError, FieldErrors (the days, or no reason of 5 to 200 characters).
        """
        by.must(RATE)
        why = reason.strip()
        if not SHORTEST_REASON <= len(why) <= LONGEST_REASON:
            raise FieldErrors({"reason": f"请写明导出理由，{SHORTEST_REASON} 到 {LONGEST_REASON} 个字"})
        found = await self._figures.period(first, last, by=by)
        summary = f"导出会话登记 {first.isoformat()} 至 {last.isoformat()}，共 {len(found)} 个会话"
        action = AuditAction.CONVERSATION_EXPORTED
        await self._audit.record(action, "episodes", by=by, now=now, summary=summary, reason=why)
        return sorted(found, key=lambda each: (each.opened_at, each.id))


def written(
    talks: Sequence[EpisodeFigures],
    *,
    patients: Mapping[ContactId, str],
    sources: Mapping[ContactId, str],
    names: Mapping[str, str],
    zone: tzinfo,
) -> bytes:
    """The .xlsx. Blocking. `patients` and `sources` by contact, `names` by account; no cell can run."""
    book = empty_workbook()
    book.properties.title = TITLE
    sheet = book.create_sheet(TITLE)
    sheet.freeze_panes = "A2"
    heads = ["患者", "来源", "接待", *COLUMNS]
    for position in range(len(heads)):
        sheet.column_dimensions[column_letter(position + 1)].width = WIDTH
    sheet.append(heads)
    for it in talks:
        known = (patients.get(it.contact_id, ""), sources.get(it.contact_id, ""), names.get(it.owner or "", ""))
        row = [*known, *(column(it, zone) for column in COLUMNS.values())]
        sheet.append([text_cell(sheet, each) if isinstance(each, str) else each for each in row])
    target = BytesIO()
    book.save(target)
    return target.getvalue()
