"""care_plans/*.toml: a 关怀计划 with its steps. Field for field what `wxbot/care/models.py` holds."""

from typing import Literal

from pydantic import Field, model_validator

from config.problems import UnfitValueError
from config.schemas import DottedKey, Entry, Identifier, LocalTime, PurposeName, Text

AnchorName = Literal[
    "follow",
    "booked",
    "appointment",
    "arrived",
    "first_visit",
    "visit",
    "treatment",
    "no_show",
    "undecided",
    "invited",
    "birthday",
    "discharge",
    "screening",
    "date",
    "festival",
]


class OffsetEntry(Entry):
    """When a step falls, relative to its anchor: exactly one of the first four; negative is before."""

    hours: float | None = Field(default=None, examples=[-2])
    days: int | None = Field(default=None, examples=[1])
    months: int | None = Field(default=None, examples=[1])
    window_days: tuple[int, int] | None = Field(default=None, examples=[[4, 7]])
    best_day: int | None = Field(default=None, examples=[5])
    weekday: int | None = Field(default=None, ge=0, le=6, examples=[0])
    working_day: bool = Field(default=False, examples=[True])
    jitter_minutes: int = Field(default=0, ge=0, le=240, examples=[30])

    @model_validator(mode="after")
    def exactly_one(self) -> "OffsetEntry":
        """Refuse none or several, a window that ends before it begins, and moves that mean nothing."""
        names = ("hours", "days", "months", "window_days")
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) != 1:
            found = "none" if not given else " and ".join(given)
            raise UnfitValueError(
                f"needs exactly one of hours, days, months, window_days and has {found}",
                "Write for instance offset = { days = 1 }",
            )
        if self.window_days is not None and self.window_days[0] > self.window_days[1]:
            raise UnfitValueError("window_days ends before it begins", "Write for instance window_days = [4, 7]")
        if self.best_day is not None and not self._within():
            raise UnfitValueError("best_day lies in no window_days", "Write for instance best_day = 5")
        if given == ["hours"] and (self.weekday is not None or self.working_day):
            raise UnfitValueError("hours are not moved to another day", "Write the offset in days")
        return self

    def _within(self) -> bool:
        window = self.window_days
        return window is not None and self.best_day is not None and window[0] <= self.best_day <= window[1]


class ConditionEntry(Entry):
    """What must be so for a step: an answer, a survey, a tag, the class, the project, whether they came again."""

    fact: Literal["answer", "survey", "tag", "class", "project", "returned"] = Field(examples=["answer"])
    of: str = Field(default="", max_length=64, examples=["day_3"])
    values: tuple[Text, ...] = Field(default=(), max_length=20, examples=[["更严重了"]])
    low: int | None = Field(default=None, examples=[7])
    high: int | None = Field(default=None, examples=[10])
    absent: bool = Field(default=False, examples=[False])


class LoopEntry(Entry):
    """How often a step is repeated until something happens; both an end and a cap are needed (A4-46)."""

    every_days: int = Field(ge=1, le=90, examples=[3])
    most: int = Field(ge=2, le=12, examples=[3])
    until: Literal["answered", "feedback", "booked"] = Field(examples=["feedback"])


class QuestionEntry(Entry):
    """How a question is answered."""

    kind: Literal["number", "choice", "photo", "words"] = Field(examples=["number"])
    low: int = Field(default=0, ge=0, le=100, examples=[0])
    high: int = Field(default=10, ge=1, le=100, examples=[10])
    choices: tuple[Text, ...] = Field(default=(), max_length=8, examples=[["好多了", "差不多", "更严重了"]])
    danger: tuple[Text, ...] = Field(default=(), max_length=8, examples=[["更严重了"]])
    danger_from: int | None = Field(default=None, ge=0, le=100, examples=[8])
    concern: tuple[Text, ...] = Field(default=(), max_length=8, examples=[["有疑问"]])

    @model_validator(mode="after")
    def answerable(self) -> "QuestionEntry":
        """Refuse a choice of fewer than two, a range that ends before it begins, a danger that is no answer."""
        if self.kind == "choice" and len(set(self.choices)) < 2:  # noqa: PLR2004 - one is no choice
            raise UnfitValueError("a choice needs at least two different choices", 'Write choices = ["好", "不好"]')
        if self.kind != "choice" and (self.choices or self.danger or self.concern):
            raise UnfitValueError("only a choice has choices", 'Write kind = "choice"')
        if self.low >= self.high:
            raise UnfitValueError("high is not more than low", "Write for instance low = 0, high = 10")
        if (set(self.danger) | set(self.concern)) - set(self.choices):
            raise UnfitValueError("danger or concern names what is no choice", "Write one of the choices")
        return self


class StepEntry(Entry):
    """步骤: one step of a plan. `at` is the local hour; without it the anchor's own hour counts."""

    key: Identifier = Field(examples=["day_1"])
    template: DottedKey = Field(examples=["care.surgery_day_1"])
    purpose: PurposeName = Field(examples=["care"])
    offset: OffsetEntry = Field(examples=["{ days = 1 }"])
    grace_hours: float = Field(gt=0, le=24 * 60, examples=[12])
    at: LocalTime | None = Field(default=None, examples=["10:00"])
    audience: Literal["everyone", "new", "returning"] = Field(default="everyone", examples=["new"])
    answer: bool = Field(default=False, examples=[False])
    greeting: bool = Field(default=False, examples=[False])
    kind: Literal["message", "call", "question", "survey"] = Field(default="message", examples=["call"])
    question: QuestionEntry | None = Field(default=None, examples=['{ kind = "number" }'])
    when: tuple[ConditionEntry, ...] = Field(default=(), max_length=5)
    loop: LoopEntry | None = Field(default=None, examples=['{ every_days = 3, most = 3, until = "feedback" }'])
    catch_up: Literal["send", "skip", "ask"] = Field(default="send", examples=["skip"])
    survey: str = Field(default="", max_length=64, examples=["treatment"])
    no_calls: bool = Field(default=False, examples=[True])
    script: str = Field(default="", max_length=64, examples=["aftercare"])

    @model_validator(mode="after")
    def of_its_kind(self) -> "StepEntry":
        """Refuse a question without its answers, answers without a question, and a loop by calendar months."""
        if (self.kind == "question") is (self.question is None):
            raise UnfitValueError("a question needs `question`, and nothing else has it", 'Write kind = "question"')
        if (self.kind == "survey") is (not self.survey):
            raise UnfitValueError("a survey needs `survey`, and nothing else has it", 'Write survey = "treatment"')
        if self.loop is not None and self.offset.months is not None:
            raise UnfitValueError("a loop counts days, its first offset not months", "Write the offset in days")
        return self


class CarePlanFile(Entry):
    """A file of care_plans/: one 关怀计划 with its `[[steps]]`."""

    key: Identifier = Field(examples=["surgery"])
    title: Text = Field(examples=["拔牙术后关怀"])
    anchor: AnchorName = Field(examples=["treatment"])
    treatment: Identifier | None = Field(default=None, examples=["surgery"])
    steps: tuple[StepEntry, ...] = Field(min_length=1)
