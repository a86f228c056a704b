"""Episodes: one stretch of a contact's talk that a person has to do with, from who asked for it to its ending."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NewType

from wxbot.history.models import ContactId
from wxbot.labels import LabelledEnum
from wxbot.staff.models import AccountId

EpisodeId = NewType("EpisodeId", str)

PREVIEW = 60  # characters of the latest words, for the list
MOST_KEYS = 50  # causes remembered per episode, so that a repeated one opens nothing
MOST_HANDOVERS = 20  # summaries remembered per episode; each move is a line of the transcript, too
MOST_COUNTED = 100  # lines remembered per episode, so that a repeated one counts once


class EpisodeState(LabelledEnum):
    """Where it stands. A contact without an open episode talks with the bot."""

    WAITING = ("waiting", "待回复")  # nobody owns it
    ASSIGNED = ("assigned", "接待中")  # its owner answers
    SNOOZED = ("snoozed", "稍后")  # its owner looks at it again at `snooze.until`
    CLOSED = ("closed", "已结束")


OPEN = (EpisodeState.WAITING, EpisodeState.ASSIGNED, EpisodeState.SNOOZED)


class Cause(LabelledEnum):
    """Why a person is needed."""

    ASKED = ("asked", "请求人工")
    MISSED = ("missed", "没有看懂")
    ANGRY = ("angry", "对自动回复不满")
    MEDIA = ("media", "发来图片或语音")
    QUESTION = ("question", "问到不会回答的问题")
    DANGER = ("danger", "危险征兆")
    COMPLAINT = ("complaint", "投诉")
    REQUEST = ("request", "需要人工处理")  # something the bot could not finish: an hour it has not, a lost push
    STAFF = ("staff", "主动联系")  # a colleague began it


class Priority(IntEnum):
    """Its class in the queue (A0-16): lower first; within a class who has waited longest."""

    URGENT = 0  # danger signs, complaints
    HIGH_INTENT = 1  # the words of somebody about to decide
    NORMAL = 2


class SnoozeWake(LabelledEnum):
    """What ends a snooze before its time."""

    REPLY = ("reply", "患者一回复就提醒")
    QUESTION = ("question", "只在患者提问时提醒")
    NEVER = ("never", "到时间才提醒")


class EndingKind(LabelledEnum):
    """The four endings (A0-09)."""

    GREETING = ("greeting", "问候结束")  # asked for more, nothing more, farewell (A0-10)
    CLIENT = ("client", "客户结束")  # the patient left or said goodbye (A0-12)
    AGENT = ("agent", "主动结束")  # closed over an open question, or without asking for more (A0-13)
    SYSTEM = ("system", "系统结束")  # an outage, an erased contact (A0-14)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """An episode is offered to one person until they take, refuse or miss it."""

    to: AccountId
    made_at: datetime
    until: datetime
    handed_over_by: AccountId | None = None  # a transfer: missed, it goes back to them


@dataclass(frozen=True, kw_only=True)
class Snooze:
    """稍后: until when, why (shown in the list: 10:30 等片子) and what ends it earlier."""

    until: datetime
    why: str
    wakes: SnoozeWake = SnoozeWake.REPLY


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How it ended, decided and kept at the moment of closing, with the lines of the transcript that show it."""

    kind: EndingKind
    by: str  # `staff:<id>`, `patient`, `system`
    at: datetime
    evidence: tuple[str, ...] = ()  # ids of lines
    reason: str = ""  # a supervisor's, for an ending by the agent; or what went wrong
    after_warnings: bool = False  # A2-33: the patient had been warned twice; such an ending is nobody's fault


@dataclass(frozen=True, kw_only=True)
class Handover:
    """What the next person must know: asked, promised, still open."""

    at: datetime
    by: AccountId
    to: AccountId | None  # None: back to the queue
    reason: str
    asked: str = ""
    promised: str = ""
    still_open: str = ""


@dataclass(frozen=True, kw_only=True)
class Episode:
    """会话: at most one is open per contact. `owner` is the single truth of who answers.

    `waiting_since` is when the patient wrote the first words that nobody has answered yet; None while nobody waits.
    All clocks run in business time (clocks.py) from these facts; nothing that counts is kept.
    """

    id: EpisodeId
    key: str  # what opened it: the same cause opens it once
    contact_id: ContactId
    cause: Cause
    reason: str  # in words staff understand
    opened_at: datetime
    opened_by: str  # `patient`, `system`, `staff:<id>`
    state: EpisodeState = EpisodeState.WAITING
    priority: Priority = Priority.NORMAL
    intent: str = ""  # the word of high intent that was said (A0-16)
    effort: int = 1  # how much of an agent's capacity it takes
    owner: AccountId | None = None
    owner_since: datetime | None = None
    offer: Offer | None = None
    passed_over: tuple[AccountId, ...] = ()  # who refused or missed it in this wait
    followup_id: str = ""  # the task that stands for it in 待办
    waiting_since: datetime | None = None
    first_waited_at: datetime | None = (
        None  # the patient's first words to a person; the first reply is measured from it
    )
    first_reply_at: datetime | None = None  # a person's, as the platform took it
    patient_at: datetime | None = None  # the patient's latest words
    staff_at: datetime | None = None  # a person's latest, as the platform took it
    hold_since: datetime | None = None  # 请稍等 was said and nothing since (A2-79)
    rungs: tuple[str, ...] = ()  # of the ladder of escalation, fired in this wait
    next_rung_at: datetime | None = None  # when the next one is due, by the clinic's clock
    nudges: int = 0  # times the silent patient was asked
    unread: int = 0  # lines of the patient that the owner has not seen
    preview: str = ""  # the latest words, shortened
    preview_by: str = ""  # whose: `patient`, `bot`, `staff:<id>`
    latest_at: datetime  # of the latest words: the order of 全部
    snooze: Snooze | None = None
    pinned_by: AccountId | None = None  # 置顶: on top of that person's 我的, while it is theirs
    handovers: tuple[Handover, ...] = ()
    ending: Ending | None = None
    closed_at: datetime | None = None
    revision: int = 0  # grows with what who decides must have seen: the patient's words, state, owner, an offer by hand
    version: int = 0  # of the document: grows with every write, read receipts and clocks too
    keys: tuple[str, ...] = ()  # every cause that opened or joined it, `key` first; the latest MOST_KEYS
    counted: tuple[str, ...] = ()  # lines of the transcript that were counted, the latest MOST_COUNTED
    preferred: AccountId | None = None  # who answered the contact last time
    passed_at: datetime | None = None  # when it was refused or missed last
    handoffs: tuple[str, ...] = ()  # tasks in 待办 that end with it
    outcome: str = ""  # the note of the close
    erased: bool = False  # its contact was erased: nothing of what was said is left, and it is not measured again
    half_closed: bool = False  # closed; its tasks and its line of the transcript may still have to follow

    @property
    def is_open(self) -> bool:
        """Whether a person still has to do with it."""
        return self.state is not EpisodeState.CLOSED

    @property
    def with_a_person(self) -> bool:
        """Whether somebody owns it, or hands it to a colleague at this moment: the bot is silent."""
        passed_on = self.offer is not None and self.offer.handed_over_by is not None
        return self.state in {EpisodeState.ASSIGNED, EpisodeState.SNOOZED} or (self.is_open and passed_on)

    @property
    def holders(self) -> tuple[AccountId, ...]:
        """Whose capacity it takes: its owner's while it is not snoozed; whom it is offered to and who gave it."""
        if self.state is EpisodeState.ASSIGNED and self.owner is not None:
            return (self.owner,)
        if self.state is EpisodeState.WAITING and self.offer is not None:
            given_by = self.offer.handed_over_by
            return (self.offer.to,) if given_by is None else (self.offer.to, given_by)
        return ()


class AgentStatus(LabelledEnum):
    """What a person at the desk does now. Set by hand or by missed offers; a sign-in changes nothing."""

    AVAILABLE = ("available", "在线")
    PAUSED = ("paused", "小休")
    LUNCH = ("lunch", "用餐")
    AWAY = ("away", "离线")


@dataclass(frozen=True, kw_only=True)
class Agent:
    """A person at the desk: one status per person, not per device."""

    account_id: AccountId
    status: AgentStatus = AgentStatus.AWAY
    status_since: datetime | None = None
    seen_at: datetime | None = None  # the latest sign of life of any device, by the machine's clock
    capacity: int = 5  # effort units at once
    in_training: bool = False  # gets no live chats until practice is passed (A3-27)
    missed_offers: int = 0  # in a row; two of them are why somebody who missed them is paused
    offered_at: datetime | None = None  # the latest offer, so that they take turns

    def paused_by_missing(self, after: int) -> bool:
        """Whether they are paused because they let `after` offers or more pass, not by their own choice."""
        return self.status is AgentStatus.PAUSED and self.missed_offers >= after


@dataclass(frozen=True, kw_only=True)
class Looking:
    """Somebody has a thread before them; `writes` while their draft changes."""

    account_id: AccountId
    contact_id: ContactId
    writes: bool = False
    silently: bool = False  # a supervisor who reads along


@dataclass(frozen=True, kw_only=True)
class Note:
    """备注: for colleagues only. Kept in its own collection; nothing sends from there."""

    id: str
    contact_id: ContactId
    episode_id: EpisodeId | None
    at: datetime
    by: str  # `staff:<id>`
    text: str
    mentions: tuple[AccountId, ...] = ()
    whisper: bool = False  # a supervisor's hint to the owner
    line_id: str = ""  # the line of the transcript it is about
