"""满意度表: what a period's surveys came to, by doctor, visit type, colleague and survey (A4-22 to A4-24). Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from wxbot.labels import LabelledEnum
from wxbot.surveys.models import SurveyResponse


class Group(LabelledEnum):
    """By what the sheet is divided."""

    ALL = ("all", "全部")
    PRACTITIONER = ("practitioner", "按医生")
    VISIT_TYPE = ("visit_type", "按项目")
    ACCOUNT = ("account", "按接待同事")
    SURVEY = ("survey", "按问卷")


class Figure(LabelledEnum):
    """A number of the sheet; each has the responses behind it."""

    ASKED = ("asked", "询问")
    ANSWERED = ("answered", "回答")
    RATED = ("rated", "打分")
    SATISFIED = ("satisfied", "满意")
    LOW = ("low", "低分")
    OPEN = ("open", "未了结")


KEY_OF: Mapping[Group, Callable[[SurveyResponse], str]] = {
    Group.ALL: lambda _: "",
    Group.PRACTITIONER: lambda it: it.subject.practitioner_id,
    Group.VISIT_TYPE: lambda it: it.subject.visit_type_id,
    Group.ACCOUNT: lambda it: it.subject.account_id,
    Group.SURVEY: lambda it: it.survey,
}
"""What a response counts for; of a group that it does not belong to, empty."""


@dataclass(frozen=True, kw_only=True)
class SheetLine:
    """One line: how many were asked and answered, and what they said. `key` names a doctor, visit type and so on."""

    key: str
    counts: Mapping[Figure, int]
    mean: float | None  # points of 100; None where nobody rated

    @property
    def share(self) -> float | None:
        """Percent of those who rated that were satisfied."""
        rated = self.counts[Figure.RATED]
        return 100 * self.counts[Figure.SATISFIED] / rated if rated else None


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The sheet of one period."""

    whole: SheetLine
    groups: Mapping[Group, tuple[SheetLine, ...]]  # each without those who belong to none, the most asked first


def is_counted(response: SurveyResponse, figure: Figure, open_cases: frozenset[str]) -> bool:
    """Whether a response stands behind that number; `open_cases` are the keys of cases that are not settled."""
    match figure:
        case Figure.ASKED:
            return response.has_left
        case Figure.ANSWERED:
            return bool(response.answers)
        case Figure.RATED:
            return response.points is not None
        case Figure.SATISFIED:
            return response.satisfied is True
        case Figure.LOW:
            return bool(response.followup_id)
        case Figure.OPEN:
            return bool(response.followup_id) and response.key in open_cases


def line_of(key: str, responses: Sequence[SurveyResponse], open_cases: frozenset[str]) -> SheetLine:
    """What those responses come to."""
    points = [each.points for each in responses if each.points is not None]
    return SheetLine(
        key=key,
        counts={each: sum(is_counted(it, each, open_cases) for it in responses) for each in Figure},
        mean=sum(points) / len(points) if points else None,
    )


def sheet_of(responses: Sequence[SurveyResponse], open_cases: frozenset[str]) -> Sheet:
    """The sheet of those responses; questions that never left count for nothing."""
    left = [each for each in responses if each.has_left]
    groups: dict[Group, tuple[SheetLine, ...]] = {
        group: _lines(group, left, open_cases) for group in Group if group is not Group.ALL
    }
    return Sheet(whole=line_of("", left, open_cases), groups=groups)


def _lines(group: Group, responses: Sequence[SurveyResponse], open_cases: frozenset[str]) -> tuple[SheetLine, ...]:
    parts: dict[str, list[SurveyResponse]] = {}
    for each in responses:
        parts.setdefault(KEY_OF[group](each), []).append(each)
    lines = [line_of(key, found, open_cases) for key, found in parts.items() if key]
    return tuple(sorted(lines, key=lambda it: (-it.counts[Figure.ASKED], it.key)))
