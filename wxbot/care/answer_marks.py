"""What is unusual about when an answer came: it stays, whatever becomes of its base date and its plan. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from wxbot.care.records import CareAnswer, Ending
from wxbot.labels import LabelledEnum


class AnswerMark(LabelledEnum):
    """One thing that staff are told beside an answer."""

    LATER = ("later", "后来又答的，不作数")
    LATE = ("late", "一周以后才答")
    ENDED = ("ended", "计划结束以后才答")
    EARLY = ("early", "按现在的日期，还没到这一步就答了")


def step_key(answer: CareAnswer) -> str:
    """The key of the step that it answers, `plan/step/ref`."""
    return answer.id.partition("#")[0]


def marks_of(answer: CareAnswer, due: Mapping[str, datetime], endings: Mapping[str, Ending]) -> Sequence[AnswerMark]:
    """Everything that is unusual about it.

    `due`: when the steps fall by the base dates as they are now, by key; `endings` by enrolment.
    """
    due_at, ending = due.get(step_key(answer)), endings.get(answer.enrolment)
    unusual = {
        AnswerMark.LATER: answer.later,
        AnswerMark.LATE: answer.late,
        AnswerMark.ENDED: ending is not None and answer.at >= ending.at,
        AnswerMark.EARLY: due_at is not None and answer.at < due_at,
    }
    return [mark for mark, holds in unusual.items() if holds]
