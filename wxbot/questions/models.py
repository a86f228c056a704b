"""A frequent question with its answer and its review, and what patients asked that has no answer yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType, TypeAlias

from wxbot.history.models import ContactId
from wxbot.labels import LabelledEnum
from wxbot.stored_value import Stored

QuestionId = NewType("QuestionId", str)
UnknownId = NewType("UnknownId", str)


class Button(LabelledEnum):
    """Which entry follows an answer."""

    NONE = "none", "不需要"
    BOOK = "book", "预约"
    MAP = "map", "诊所信息"
    PERSON = "person", "人工服务"
    MY_APPOINTMENTS = "my_appointments", "我的预约"


class ReviewState(LabelledEnum):
    """Where an answer stands on a local day."""

    DRAFT = "draft", "待审核"  # never said: nobody reviewed it as it is worded now
    VALID = "valid", "使用中"
    ENDS_SOON = "ends_soon", "快到期"
    EXPIRED = "expired", "已到期"  # the question is still understood, and passed on to a person
    RETIRED = "retired", "已停用"


class AnswerField(StrEnum):
    """What staff may type of a question, for the complaints beside each field."""

    QUESTION = "question"
    WAYS = "ways"
    ANSWER = "answer"
    ANSWER_NAMED = "answer_named"
    PATTERNS = "patterns"
    ABOUT = "about"
    REVIEWED_UNTIL = "reviewed_until"


@dataclass(frozen=True, kw_only=True)
class Question:
    """A frequent question. `answer` holds variables (variables.py); `answer_named` is said of a visit type by name."""

    id: QuestionId
    question: str
    answer: str
    ways: tuple[str, ...] = ()  # other ways to ask it
    answer_named: str = ""
    button: Button = Button.NONE
    about: tuple[str, ...] = ()  # ids of the visit types it is limited to
    patterns: tuple[str, ...] = ()  # words that are enough, joined by + where all must occur
    reviewed_by: str = ""
    reviewed_until: date | None = None  # the last local day on which it is said; None is a draft
    retired: bool = False  # 停用: not said, not matched


@dataclass(frozen=True, kw_only=True)
class FileQuestion:
    """A question as a file has it. `review_months` counts from when it was first taken into the database."""

    question: Question
    review_months: int | None = None


StoredQuestion: TypeAlias = Stored[Question]


@dataclass(frozen=True, kw_only=True)
class UnknownQuestion:
    """Words that looked like a question and found no answer, from one contact. Personal: erased with the contact."""

    id: UnknownId
    key: str  # the content of the words: askings with the same key count as one
    contact_id: ContactId
    text: str  # an example in the patient's words, digits masked
    count: int
    first_at: datetime
    last_at: datetime
    forget_at: datetime  # by the machine's time; the database deletes it then


@dataclass(frozen=True, kw_only=True)
class UnknownGroup:
    """What several contacts asked in nearly the same words; the most frequent wording stands for it."""

    example: str
    count: int
    people: int
    first_at: datetime
    last_at: datetime
    members: tuple[UnknownId, ...]
    others: tuple[str, ...] = ()  # further wordings


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a patient is told."""

    id: QuestionId
    question: str
    text: str
    button: Button


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What the words in the try-box would find: the score of each question, and what would be said."""

    sure: bool
    found: Sequence[tuple[Question, float]]
    answer: str = ""
    rule: str = ""
