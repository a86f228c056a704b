"""What a message says of appointments: intent, particulars, doubts; in the shipped clinic, on a Friday."""

from datetime import timedelta

import pytest

from tests.corpus.particulars import particulars
from tests.corpus.reading import context
from tests.every import every
from wxbot.patients.models import Relation
from wxbot.understanding.models import Doubt, Intent, Particular, Reading, Shift
from wxbot.understanding.reader import read
from wxbot.understanding.vocabulary import Named, ReadingContext, Vocabulary

FRIDAYS, SATURDAYS, SUNDAYS = "2026-11-20/2026-11-27", "2026-11-21/2026-11-28", "2026-11-22/2026-11-29"
SATURDAY_MORNING = {"day": SATURDAYS, "part": "上午"}


def said(text: str, question: str = "") -> Reading:
    return read(text, context(question))


# -- understood in one go -----------------------------------------------------------------------------------------

UNDERSTOOD = [
    ("我想约明天下午三点洗牙", Intent.BOOK, {"type": "cleaning", "day": "2026-11-21", "time": "15:00"}),
    ("洗牙，明天，我想约下午三点", Intent.BOOK, {"type": "cleaning", "day": "2026-11-21", "time": "15:00"}),
    ("帮我妈约个洗牙", Intent.BOOK, {"type": "cleaning", "for": "parent"}),
    ("约周明远医生", Intent.BOOK, {"who": "zhou"}),
    ("约小周医生", Intent.BOOK, {"who": "zhou"}),
    ("还是约下午吧", Intent.BOOK, {"part": "下午"}),
    (
        "哪个医生都行，约明天上午洗牙",
        Intent.BOOK,
        {"type": "cleaning", "who": "any", "day": "2026-11-21", "part": "上午"},
    ),
    ("我想洗个牙", Intent.BOOK, {"type": "cleaning"}),
    ("帮忙排一下下周四的拔牙", Intent.BOOK, {"type": "wisdom_tooth", "day": "2026-11-26"}),
    ("洗牙周六上午", Intent.BOOK, {"type": "cleaning", **SATURDAY_MORNING}),
    ("后天上午有号吗", Intent.FREE_HOURS, {"day": "2026-11-22", "part": "上午"}),
    ("明天上午能洗牙吗", Intent.FREE_HOURS, {"type": "cleaning", "day": "2026-11-21", "part": "上午"}),
    ("周五下午周医生有空吗", Intent.FREE_HOURS, {"who": "zhou", "day": FRIDAYS, "part": "下午"}),
    ("周医生下周二还有号没", Intent.FREE_HOURS, {"who": "zhou", "day": "2026-11-24"}),
    ("改到周五下午", Intent.MOVE, {"day": FRIDAYS, "part": "下午"}),
    ("改到礼拜五下午", Intent.MOVE, {"day": FRIDAYS, "part": "下午"}),
    ("把周五的改到周日下午", Intent.MOVE, {"which.day": FRIDAYS, "day": SUNDAYS, "part": "下午"}),
    ("改周五的预约到周六上午", Intent.MOVE, {"which.day": FRIDAYS, **SATURDAY_MORNING}),
    ("明天有事，改到后天", Intent.MOVE, {"which.day": "2026-11-21", "day": "2026-11-22"}),
    ("能不能提前点", Intent.MOVE, {"shift": "earlier"}),
    ("早一点", Intent.MOVE, {"shift": "earlier"}),
    ("推迟一周", Intent.MOVE, {"shift": "+7d"}),
    ("往前挪半个小时", Intent.MOVE, {"shift": "-30m"}),
    ("洗牙那个取消", Intent.CANCEL, {"which.type": "cleaning"}),
    ("取消周五的预约", Intent.CANCEL, {"which.day": FRIDAYS}),
    ("都取消吧", Intent.CANCEL, {"which.all": "yes"}),
    ("取消第二个", Intent.CANCEL, {"which.number": "2"}),
    ("我今天来不了了", Intent.CANCEL, {"which.day": "2026-11-20"}),
    ("临时有事去不了", Intent.CANCEL, {}),
    ("孩子发烧明天过不来了", Intent.CANCEL, {"which.day": "2026-11-21", "for": "child"}),
    ("不约了", Intent.CANCEL, {}),
    ("我会晚到20分钟", Intent.LATE, {"late": "20m"}),
    ("堵车了要迟到一会儿", Intent.LATE, {}),
    ("堵在高架上了，估计晚半小时", Intent.LATE, {"late": "30m"}),
    ("我会来，但是会晚一点", Intent.LATE, {}),
    ("会来", Intent.COMING, {}),
    ("准时到", Intent.COMING, {}),
    ("没问题我来", Intent.COMING, {}),
    ("明天见", Intent.COMING, {"which.day": "2026-11-21"}),
    ("我的预约几点来着", Intent.APPOINTMENTS, {}),
    ("我预约的是哪天", Intent.APPOINTMENTS, {}),
    ("我预约了明天下午三点", Intent.APPOINTMENTS, {"which.day": "2026-11-21", "which.time": "15:00"}),
]


@every(("text", "intent", "expected"), UNDERSTOOD)
def test_a_sentence_is_understood_in_one_go(text: str, intent: Intent, expected: dict[str, str]) -> None:
    reading = said(text)

    assert (reading.intent, particulars(reading)) == (intent, expected)
    assert reading.sure, reading.explained


def test_every_rule_names_itself_with_the_words_it_read() -> None:
    reading = said("改到周五下午")

    assert [(each.rule, each.words) for each in reading.evidence] == [
        ("move.to", "改到"),
        ("day.weekday", "周五"),
        ("time.part", "下午"),
    ]
    assert all(reading.text[each.start : each.end] == each.words for each in reading.evidence)
    assert reading.explained.startswith("读作：改约 · 周五（11月20日） · 下午，依据「改到」（move.to）")


# -- never act on half an answer ----------------------------------------------------------------------------------

DOUBTED = [
    ("下午三点有事", Doubt.OBSTACLE),
    ("下午三点陪客户", Doubt.OBSTACLE),
    ("周五晚上我值班", Doubt.OBSTACLE),
    ("明天没空", Doubt.NEGATION),
    ("周五不行", Doubt.NEGATION),
    ("除了周五", Doubt.NEGATION),
    ("不要周医生", Doubt.NEGATION),
    ("三点可以吗", Doubt.QUESTION),
    ("三点行不", Doubt.QUESTION),
    ("周五下午三点？", Doubt.QUESTION),
    ("周五或者周六", Doubt.ALTERNATIVE),
    ("周五还是周六", Doubt.ALTERNATIVE),
    ("周五，不对，周六", Doubt.CORRECTION),
    ("周五，不，周六", Doubt.CORRECTION),
    ("3点以后", Doubt.COMPARISON),
    ("三点左右", Doubt.COMPARISON),
    ("两点到四点", Doubt.COMPARISON),
    ("三点五点", Doubt.SEVERAL),
    ("洗牙和拔智齿", Doubt.SEVERAL),
    ("周医生，陈医生", Doubt.SEVERAL),
    ("约昨天下午三点", Doubt.PAST),
    ("上次约的三点", Doubt.PAST),
    ("本来是周五三点", Doubt.PAST),
    ("约张伟医生", Doubt.UNKNOWN_PERSON),
    ("约下周八下午三点", Doubt.UNREAD_DAY),
    ("约国庆下午三点", Doubt.UNREAD_DAY),
    ("八点开门", Doubt.UNREAD_WORDS),
    ("三点了", Doubt.PAST),
    ("约到明天了", Doubt.PAST),
    ("我改到周三下午三点了", Doubt.PAST),
    ("我是下午三点的号", Doubt.PAST),
    ("约上周三下午三点了", Doubt.PAST),
    ("我朋友明天下午三点洗牙", Doubt.UNREAD_WORDS),
    ("我妈的医生是周医生", Doubt.UNREAD_WORDS),
    ("明天的改天吧", Doubt.QUESTION),
    ("等我忙完了再约下午三点", Doubt.QUESTION),
    ("医生让我下周三来复诊", Doubt.UNREAD_WORDS),
]


@every("question", ["", "booking.time"])
@every(("text", "doubt"), DOUBTED)
def test_what_is_in_doubt_is_never_sure_to_book(text: str, doubt: Doubt, question: str) -> None:
    reading = said(text, question)
    if reading.intent is Intent.QUESTION:  # 八点开门: asked of the house, nothing is booked
        return

    assert not reading.sure
    if doubt not in {Doubt.UNREAD_DAY, Doubt.UNREAD_WORDS} or not reading.leftover:
        assert doubt in reading.doubts, reading.explained


@pytest.mark.parametrize(
    ("text", "wanted", "refused"), [("周五不行", 0, 1), ("周五，不对，周六", 1, 1), ("不要周五", 0, 1)]
)
def test_what_is_refused_or_taken_back_is_not_wanted(text: str, wanted: int, refused: int) -> None:
    slots = said(text, "booking.day").slots

    assert (len(slots.days), len(slots.refused.days)) == (wanted, refused)


def test_the_first_of_two_days_is_never_kept_after_a_correction() -> None:
    assert particulars(said("周五，不对，周六", "booking.day")) == {"day": SATURDAYS}


def test_a_move_that_names_an_hour_is_in_doubt_beside_an_obstacle() -> None:
    assert said("明天有事，改到后天").sure
    assert not said("明天有事，改到后天下午三点").sure


def test_a_move_without_a_new_hour_beside_an_obstacle_may_be_a_cancellation() -> None:
    assert Doubt.NEGATION in said("明天来不了，要改一下").doubts


def test_cancelling_that_is_refused_is_in_doubt() -> None:
    for text in ("先别取消", "我没说要取消", "不是要取消"):
        assert not said(text).sure


# -- what is for others to read -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "洗牙后牙龈出血",
        "拔牙那天周三流了血",
        "昨天拔的牙今天疼",
        "烧退了",
        "孩子换牙",
        "洗牙多少钱",
        "洗牙疼吗",
        "洗牙要多久",
        "取消推送",
        "退订",
        "从昨晚到现在一直在往外渗血",
    ],
)
def test_stories_and_frequent_questions_are_about_no_appointment(text: str) -> None:
    reading = said(text)
    about = {Intent.BOOK, Intent.FREE_HOURS, Intent.MOVE, Intent.CANCEL, Intent.COMING, Intent.DETAILS}
    assert not about & {reading.intent, *reading.others}


def test_a_wish_beside_a_frequent_question_is_seen() -> None:
    reading = said("洗牙多少钱，想约周六")

    assert (reading.intent, particulars(reading)) == (Intent.BOOK, {"type": "cleaning", "day": SATURDAYS})
    assert Doubt.QUESTION in reading.doubts


def test_a_long_text_is_about_no_appointment() -> None:
    assert said("我想约明天下午三点洗牙。" * 20).intent is Intent.NOTHING


# -- while a question is open -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("周五", "booking.day", {"day": FRIDAYS}),
        ("三点", "booking.time", {"time": "03:00/15:00"}),
        ("陈医生", "booking.who", {"who": "chen"}),
        ("都行", "booking.who", {"who": "any"}),
        ("我妈", "booking.relation", {"for": "parent"}),
        ("改到周六上午", "booking.time", SATURDAY_MORNING),
        ("周五那个", "appointments.pick", {"which.day": FRIDAYS}),
    ],
)
def test_bare_particulars_answer_the_question(text: str, question: str, expected: dict[str, str]) -> None:
    reading = said(text, question)

    assert (reading.intent, particulars(reading), reading.sure) == (Intent.DETAILS, expected, True)


@pytest.mark.parametrize(
    ("text", "another"),
    [("换个医生", Particular.PRACTITIONER), ("换个时间", Particular.TIME), ("换一天", Particular.DAY)],
)
def test_another_of_a_kind_is_wished_while_a_booking_is_talked_about(text: str, another: Particular) -> None:
    reading = said(text, "booking.time")

    assert (reading.intent, reading.slots.another) == (Intent.DETAILS, (another,))


def test_somebody_who_cannot_come_at_the_hour_offered_cancels_nothing() -> None:
    reading = said("下午三点我去不了", "booking.time")

    assert (reading.intent, reading.sure, len(reading.slots.refused.times)) == (Intent.DETAILS, False, 1)


def test_a_booking_that_is_given_up_is_left() -> None:
    assert said("还是不去了吧", "booking.day").intent is Intent.LEAVE
    assert said("周五的预约取消", "booking.day").intent is Intent.CANCEL


# -- for whom -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "relation", "name"),
    [
        ("我自己约洗牙", Relation.SELF, ""),
        ("给俺娘约洗牙", Relation.PARENT, ""),
        ("帮我女儿王小雨约洗牙", Relation.CHILD, "王小雨"),
        ("给我媳妇约洗牙", Relation.SPOUSE, ""),
        ("帮外婆约洗牙", Relation.OTHER, ""),
    ],
)
def test_whose_visit_it_is(text: str, relation: Relation, name: str) -> None:
    found = said(text).slots.for_whom

    assert found is not None
    assert (found.relation, found.name) == (relation, name)


def test_two_people_are_several() -> None:
    assert Doubt.SEVERAL in said("给我妈和我老公约洗牙").doubts


@pytest.mark.parametrize(
    ("words", "question"),
    [
        ("帮我爸妈约下周一洗牙", ""),
        ("我们俩周六上午洗牙", ""),
        ("两个孩子周六上午洗牙", ""),
        ("帮爷爷奶奶约周六上午口腔检查", ""),
        ("三点帮我同事也约一个", "booking.time"),
    ],
)
def test_one_word_for_two_people_is_several(words: str, question: str) -> None:
    assert Doubt.SEVERAL in said(words, question).doubts


def test_whether_somebody_is_there_is_a_question_and_no_greeting() -> None:
    assert Doubt.QUESTION in said("周六医生在吗", "booking.day").doubts


def test_later_some_time_is_no_wish_to_book() -> None:
    assert not said("晚点再约", "booking.time").sure


def test_a_shift_that_is_asked_for_is_a_wish_to_move() -> None:
    assert said("能不能提前半个小时").intent is Intent.MOVE
    assert said("晚二十分钟行吗").intent is Intent.QUESTION


# -- names of the clinic ------------------------------------------------------------------------------------------


def test_two_doctors_of_one_family_name_are_both_meant() -> None:
    vocabulary = Vocabulary(
        practitioners=(Named(id="one", names=("周一", "周医生")), Named(id="two", names=("周二", "周医生")))
    )
    reading = read("约周医生", ReadingContext(today=context().today, vocabulary=vocabulary))

    assert reading.slots.practitioners == ("one", "two")
    assert Doubt.SEVERAL in reading.doubts


def test_an_empty_vocabulary_reads_days_and_hours() -> None:
    reading = read("我想约明天下午三点", ReadingContext(today=context().today, vocabulary=Vocabulary()))

    assert particulars(reading) == {"day": "2026-11-21", "time": "15:00"}


def test_a_change_keeps_its_direction_and_length() -> None:
    assert said("提前一小时").slots.shift == Shift(later=False, by=-timedelta(hours=1))
    assert said("晚一点").slots.shift == Shift(later=True)
