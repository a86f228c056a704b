"""A reading of one message: what is wanted, with which particulars, by which rules, and what stayed open."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum

from wxbot.labels import LabelledEnum
from wxbot.patients.models import Birthday, ConsentTopic, Relation

ANYONE = "any"  # in place of a practitioner's id: whoever is free


class Intent(LabelledEnum):
    """What a message wants."""

    BOOK = "book", "预约"
    FREE_HOURS = "free_hours", "问有没有号"  # 后天上午有号吗
    MOVE = "move", "改约"
    CANCEL = "cancel", "取消预约"  # also 来不了了
    LATE = "late", "会晚到"
    COMING = "coming", "确认会来"
    APPOINTMENTS = "appointments", "查自己的预约"
    STOP = "stop", "不要再发消息"
    RESUME = "resume", "恢复接收消息"
    PERSON = "person", "找人工"
    COMPLAINT = "complaint", "投诉"
    DANGER = "danger", "危险征兆"
    QUESTION = "question", "常见问题"
    NAME = "name", "告诉姓名"
    BIRTHDAY = "birthday", "告诉生日"
    GREETING = "greeting", "问候"
    THANKS = "thanks", "道谢"
    GOOD_NEWS = "good_news", "一切都好"
    ENTRANCE = "entrance", "服务入口"  # the words of an entrance of the account, see Reading.entrance
    DETAILS = "details", "只说了日期、时间、项目或医生"  # an answer to a question of the booking dialogue
    YES = "yes", "是"
    NO = "no", "不"
    BACK = "back", "返回"
    LEAVE = "leave", "退出"
    MORE = "more", "更多"
    CHOICE = "choice", "选序号"  # 1️⃣ ① 一 第一个 选1 (1)
    NOTHING = "nothing", "没有读懂"


class Doubt(LabelledEnum):
    """Why a reading must not be acted on without asking."""

    NEGATION = "negation", "有否定"  # 周五不行
    OBSTACLE = "obstacle", "有不便"  # 下午三点有事
    QUESTION = "question", "是在问"  # 三点可以吗
    ALTERNATIVE = "alternative", "有两个选择"  # 周五或者周六
    CORRECTION = "correction", "改了口"  # 周五，不对，周六
    COMPARISON = "comparison", "不是准确时间"  # 三点以后, 三点左右, 三点前, 两点到四点
    UNREAD_DAY = "unread_day", "有没读懂的日期"  # 下周周三 beside an hour, when the day could not be read
    UNREAD_WORDS = "unread_words", "有没读懂的话"
    SEVERAL = "several", "说了几个"  # two hours, two visit types, two doctors
    DISAGREEMENT = "disagreement", "两种读法不一致"  # the second opinion on the date differs
    PAST = "past", "是过去的事"
    UNKNOWN_PERSON = "unknown_person", "没有这位医生"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A rule that applied, and the words it applied to: `text[start:end]` of the normalised message."""

    rule: str  # e.g. "move.to", the file and name of the rule
    words: str
    start: int
    end: int
    meaning: str = ""  # in words that staff understand, e.g. "周五（12月4日）"


class Relationship(StrEnum):
    """How a time that was named relates to the time that is wanted."""

    AT = "at"
    FROM = "from"  # 三点以后: at or after
    UNTIL = "until"  # 三点以前: at or before
    AROUND = "around"  # 三点左右
    BETWEEN = "between"  # 两点到四点: the second bound is `until`


@dataclass(frozen=True, kw_only=True)
class DayWords:
    """One mention of a day.

    `days` are the local days it may mean, the likeliest first: 明天 one; 周五 the next and the one after; 下周 or
    周一到周三 every day of the span, earliest first, with `span` set. Empty: a date that does not exist or has passed.
    """

    days: tuple[date, ...]
    span: bool = False
    relationship: Relationship = Relationship.AT  # 周三以后
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class TimeWords:
    """One mention of a time of day.

    `times` are the wall-clock times it may mean: two where 上午 or 下午 was not said; none when only a `part` of
    the day was named (上午, 中午, 下午, 晚上, 凌晨). `until` is the second bound of 两点到四点, in the same order.
    """

    times: tuple[time, ...] = ()
    part: str | None = None
    relationship: Relationship = Relationship.AT
    until: tuple[time, ...] = ()
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A change against the hour that stands: 推迟一周, 晚半小时, 早一点.

    `by` is signed and None when only the direction was said; `later` is the direction.
    """

    later: bool
    by: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class ForWhom:
    """Whose visit it is. `relation` None: somebody whose relation was not said (帮我朋友小李 is OTHER)."""

    relation: Relation | None
    words: str = ""  # 妈妈, 孩子, 老公: as patients call them, for the card
    name: str = ""  # 帮我女儿王小雨


@dataclass(frozen=True, kw_only=True)
class Which:
    """Which of the standing appointments is meant, as far as it was said: 周五那个, 洗牙的预约, 第二个, 都."""

    days: tuple[DayWords, ...] = ()
    times: tuple[TimeWords, ...] = ()
    visit_types: tuple[str, ...] = ()
    practitioners: tuple[str, ...] = ()
    ordinal: int | None = None  # 1-based, by time
    every: bool = False

    @property
    def said(self) -> bool:
        """Whether anything was said about it."""
        return bool(self.days or self.times or self.visit_types or self.practitioners or self.ordinal or self.every)


class Particular(StrEnum):
    """A kind of particular that an appointment has."""

    VISIT_TYPE = "visit_type"
    PRACTITIONER = "practitioner"
    DAY = "day"
    TIME = "time"


@dataclass(frozen=True, kw_only=True)
class Slots:
    """The particulars, each mention in the order in which it was written. More than one of a kind is a doubt."""

    visit_types: tuple[str, ...] = ()  # ids
    practitioners: tuple[str, ...] = ()  # ids, or ANYONE
    days: tuple[DayWords, ...] = ()  # of the wanted time; what names a standing appointment is in `which`
    times: tuple[TimeWords, ...] = ()
    for_whom: ForWhom | None = None
    which: Which = field(default_factory=Which)
    shift: Shift | None = None
    late_by: timedelta | None = None  # 我会晚到20分钟
    refused: Which = field(default_factory=Which)  # 周五不行, 不要周医生, 下午三点有事
    another: tuple[Particular, ...] = ()  # 换个医生, 换个时间: to be chosen again, without saying which


@dataclass(frozen=True, kw_only=True)
class DangerFound:
    """Danger rules that match the words, the most urgent first. Which treatment it follows is judged afterwards."""

    rules: tuple[str, ...]  # ids of the rules
    words: tuple[str, ...]  # what each matched
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, kw_only=True)
class QuestionFound:
    """Frequent questions that match, the best first, with scores from 0 to 1; `sure` when the first may be answered."""

    ids: tuple[str, ...]
    scores: tuple[float, ...]
    sure: bool
    visit_types: tuple[str, ...] = ()  # ids of those that are named, for what the answer says of each


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one message means, as far as its words say."""

    text: str  # normalised
    intent: Intent = Intent.NOTHING
    others: tuple[Intent, ...] = ()  # what else the same message wants: 退订，另外想约明天洗牙
    slots: Slots = field(default_factory=Slots)
    evidence: tuple[Evidence, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    leftover: tuple[str, ...] = ()  # words that no rule accounts for
    choice: int | None = None  # a number of an entry, 1-based
    entrance: str | None = None  # the key of the entrance whose words they are
    name: str | None = None
    birthday: Birthday | None = None
    danger: DangerFound | None = None  # beside any intent
    question: QuestionFound | None = None  # beside any intent
    rest: str = ""  # what the message wants beside a stop or resume, in its words
    stop_topics: tuple[ConsentTopic, ...] = ()  # of a stop: only these kinds of messages; none: all
    doubtful_stop: bool = False  # may be a stop: asked, and until answered no marketing
    angry: bool = False

    @property
    def sure(self) -> bool:
        """Whether every word is accounted for and nothing is in doubt. Only such a reading may be acted on."""
        return self.intent is not Intent.NOTHING and not self.doubts and not self.leftover

    @property
    def explained(self) -> str:
        """For staff: 读作：改约 · 周五 · 下午，依据「改到」（move.to）「周五」（day.weekday）."""
        meanings = [each.meaning for each in self.evidence if each.meaning]
        rules = "".join(f"「{each.words}」（{each.rule}）" for each in self.evidence)
        doubts = "，".join(doubt.label for doubt in self.doubts)
        parts = [f"读作：{' · '.join(dict.fromkeys([self.intent.label, *meanings]))}"]
        parts += [f"依据{rules}"] if rules else []
        parts += [f"存疑：{doubts}"] if doubts else []
        parts += [f"没有读懂：{'、'.join(self.leftover)}"] if self.leftover else []
        return "，".join(parts)
