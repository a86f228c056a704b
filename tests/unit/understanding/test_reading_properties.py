"""What holds of every reading: over sentences put together by chance, and over any text at all."""

from collections.abc import Sequence
from unicodedata import category

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from tests.corpus import Sentence, appointments, sentences
from tests.corpus.particulars import particulars
from tests.corpus.reading import context
from tests.every import every
from wxbot.understanding.models import Intent, Reading
from wxbot.understanding.reader import read

BOOKING = frozenset({Intent.BOOK, Intent.MOVE, Intent.DETAILS})
QUESTIONS = ("", "booking.type", "booking.who", "booking.day", "booking.time", "booking.confirm", "appointments.act")
LONGEST = 2_000  # characters, of the longest texts that are tried

VERBS = ("想约", "预约", "我要约", "帮我约", "挂个号", "麻烦给我约")
TYPES = ("洗牙", "拔智齿", "看牙", "激光祛斑", "复诊", "正畸咨询")
PERSONS = ("周医生", "陈晓晴医生", "林若溪", "顾大夫")
DAYS = ("明天", "后天", "下周三", "12月1号", "下周日", "大后天")
TIMES = ("下午三点", "上午十点半", "15:30", "晚上七点", "下午", "上午")
FOR_WHOM = ("给我妈", "帮我女儿", "替我老公")

REFUSALS = (
    *("不行", "不要", "不想", "不方便", "不可以", "不去", "不是", "别约", "没空", "没时间", "没办法", "没法来"),
    *("唔得", "唔得閒", "唔好", "冇时间", "莫得空", "不得行", "不中", "不成", "勿要", "不合适", "不准备去"),
    *("赶不到", "来不及", "来不了", "去不了", "走不开", "到不了", "抽不出空", "请不了假", "排不开"),
    *("有事", "有会", "有课", "要开会", "要加班", "要出差", "得上班", "要上课", "得值班", "要接孩子", "要考试"),
    *("在外地", "要去医院陪床", "发烧了", "有约了", "得回老家", "约了人", "在飞机上", "要带娃", "忙", "没下班"),
)

CORPUS = [each for each in sentences(appointments.NAME) if not each.text.isascii()]
MARKS = ("，", " ", ",", "。", "；")


def said(text: str, question: str = "") -> Reading:
    return read(text, context(question))


def meaning(reading: Reading) -> tuple[Intent, bool, dict[str, str]]:
    """What a handler acts on."""
    return reading.intent, reading.sure, particulars(reading)


def words_of_a_wish() -> st.SearchStrategy[list[str]]:
    """A verb and one of each kind of particular, or fewer, in any order."""
    kinds = [st.sampled_from(kind) for kind in (TYPES, PERSONS, DAYS, TIMES, FOR_WHOM)]
    return st.tuples(st.sampled_from(VERBS), *(st.none() | kind for kind in kinds)).flatmap(
        lambda words: st.permutations([word for word in words if word])
    )


# -- acted on -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [TYPES, PERSONS, DAYS, TIMES])
def test_the_words_that_sentences_are_put_together_from_are_acted_on(kind: Sequence[str]) -> None:
    """Else the properties below would hold of a reader that never understands anything."""
    for word in kind:
        assert said(f"我想约{word}").sure, word


@given(words=words_of_a_wish(), refusal=st.sampled_from(REFUSALS), mark=st.sampled_from(MARKS), data=st.data())
@settings(max_examples=200)
def test_no_sentence_with_a_negation_or_an_obstacle_ever_books(
    words: list[str], refusal: str, mark: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(words)))
    sentence = mark.join([*words[:place], refusal, *words[place:]])

    reading = said(sentence, data.draw(st.sampled_from(QUESTIONS)))

    assert not (reading.sure and reading.intent in BOOKING), reading.explained


@given(
    particular=st.sampled_from([*DAYS, *TIMES]),
    refusal=st.sampled_from(REFUSALS),
    before=st.booleans(),
    ending=st.sampled_from(["", "啊", "呢", "了", "哈", "吧", "谢谢", "😂"]),
    question=st.sampled_from(QUESTIONS),
)
@settings(max_examples=200)
def test_no_answer_with_a_negation_or_an_obstacle_is_taken(
    particular: str, refusal: str, before: bool, ending: str, question: str
) -> None:
    sentence = (refusal + particular if before else particular + refusal) + ending

    reading = said(sentence, question)

    assert not (reading.sure and reading.intent in BOOKING), reading.explained


@given(text=st.text(alphabet="明后天周一二三点半上下午早晚洗牙不没别或到前约我要了吗有事，：:0123456789 ", max_size=16))
@settings(max_examples=300)
def test_no_heap_of_booking_characters_with_a_negation_books(text: str) -> None:
    for question in ("", "booking.day", "booking.time"):
        reading = said(text + "不", question)

        assert not (reading.sure and reading.intent in BOOKING), reading.explained


@given(
    each=st.sampled_from([each for each in CORPUS if "ask" not in each.flags]),
    word=st.sampled_from(["菠萝", "台灯", "踢足球", "股票", "龘靐", "火锅底料", "xyz", "大象", "写论文", "木头"]),
    mark=st.sampled_from(["", "，", " "]),
    before=st.booleans(),
)
@settings(max_examples=150)
def test_a_sentence_with_a_word_that_nobody_knows_is_not_acted_on(
    each: Sentence, word: str, mark: str, before: bool
) -> None:
    sentence = word + mark + each.text if before else each.text + mark + word

    reading = said(sentence, each.values.get("asked", ""))

    assert not (reading.sure and reading.intent in BOOKING), reading.explained


FRAMES = (  # around a wish that alone is acted on: it is denied, doubted, supposed, told of, taken back
    *("不是要{}", "我不是说{}", "先别{}", "不用{}", "没想{}", "不一定{}", "用不着{}", "难道要{}"),
    *("如果{}就好了", "要是{}呢", "假如{}", "万一{}", "除非{}", "{}的话会怎么样", "等有空了再{}"),
    *("听说{}", "我朋友说{}", "我妈让我问{}", "你们昨天给我{}", "看到{}的通知了", "别人{}", "他们说{}", "前台说{}"),
    *("本来{}", "原来打算{}", "上次{}", "已经{}了", "刚刚{}过了", "差点{}", "{}来着", "早知道{}", "后悔{}"),
    *("为什么{}", "谁说{}", "怎么{}了", "{}是真的吗", "{}的人多不多", "{}要等多久", "{}是什么意思", "{}要多少钱"),
    *("{}，我再想想", "{}，还没定", "{}，算了", "{}，不了", "{}就算了", "{}，等我消息", "{}，还是说改天", "{}，说错了"),
    *(
        "{}，开玩笑的",
        "{}，随便问问",
        "{}，不确定",
        "{}，看情况",
        "{}，发错了",
        "{}，当我没说",
        "{}，撤回",
    ),
)
QUESTIONED = (
    "{}吗",
    "{}？",
    "{}怎么样",
    "{}好不好",
    "{}可以吗",
    "{}行不行",
    "{}还是算了",
)  # a move may be asked for so
WISHES = [each for each in CORPUS if not each.held_out and "ask" not in each.flags]


def booked(each: Sentence, frame: str, intents: frozenset[Intent]) -> bool:
    """Whether it is acted on with any particular; without one, the first question is asked and nothing is lost."""
    reading = said(frame.format(each.text), each.values.get("asked", ""))
    return reading.sure and reading.intent in intents and bool(particulars(reading))


@pytest.mark.parametrize("frame", FRAMES)
def test_no_wish_is_acted_on_when_it_is_denied_doubted_supposed_or_told_of(frame: str) -> None:
    assert [frame.format(each.text) for each in WISHES if booked(each, frame, BOOKING)] == []


@pytest.mark.parametrize("frame", QUESTIONED)
def test_no_wish_is_booked_when_it_is_a_question(frame: str) -> None:
    booking = BOOKING - {Intent.MOVE}

    assert [frame.format(each.text) for each in WISHES if booked(each, frame, booking)] == []


# -- order --------------------------------------------------------------------------------------------------------


@given(words=words_of_a_wish(), mark=st.sampled_from(["，", " "]), data=st.data())
@settings(max_examples=150)
def test_the_order_of_the_particulars_makes_no_difference(words: list[str], mark: str, data: st.DataObject) -> None:
    others = data.draw(st.permutations(words))

    assert meaning(said(mark.join(words))) == meaning(said(mark.join(others)))


# -- the same however it is written -------------------------------------------------------------------------------

TRADITIONAL = OpenCC("s2t")
INVISIBLE = ("\u200b", "\u200d", "\u2060", "\ufeff", "\u200e", "\u00ad")


def test_every_sentence_means_the_same_in_traditional_characters() -> None:
    for each in CORPUS:
        question, traditional = each.values.get("asked", ""), TRADITIONAL.convert(each.text)

        assert meaning(said(traditional, question)) == meaning(said(each.text, question)), traditional


@given(each=st.sampled_from([each for each in CORPUS if "\u20e3" not in each.text]))
def test_a_sentence_means_the_same_in_full_width(each: Sentence) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in each.text)
    question = each.values.get("asked", "")

    assert meaning(said(wide, question)) == meaning(said(each.text, question))


WRITTEN_TOGETHER = {"唔好"}  # 不要; 唔 好 apart is read as 不好, which is not right yet


@given(each=st.sampled_from(CORPUS), data=st.data())
@settings(max_examples=100)
def test_spaces_and_invisible_marks_between_characters_change_nothing(each: Sentence, data: st.DataObject) -> None:
    question, text = each.values.get("asked", ""), each.text
    place = data.draw(st.integers(0, len(text)))
    around = text[max(place - 1, 0) : place + 1]
    assume(not any(category(sign).startswith("M") for sign in around))  # a keycap is one character of several
    assume(around not in WRITTEN_TOGETHER)
    apart = data.draw(st.sampled_from(INVISIBLE if around.isascii() else [*INVISIBLE, " ", "\u3000"]))  # not 2 7号

    assert meaning(said(text[:place] + apart + text[place:], question)) == meaning(said(text, question))


# -- any text at all ----------------------------------------------------------------------------------------------

ARTICLE = (
    "【健康科普】洗牙到底有没有必要？很多人觉得牙不疼就不用看医生，其实不然。据报道，昨天下午三点，市民王女士因牙龈出血到"
    "口腔科就诊，医生建议她每半年洗牙一次。专家提醒：拔智齿后二十四小时内不要漱口；下周三（11月25日）上午九点到十一点，"
    "门诊将举办义诊活动，欢迎预约。转发本文可获得优惠券，回复“退订”不再接收。"
)
ODD = (
    "",
    " ",
    "\u200b",
    "{{ patient.name }} {% for x in y %}",
    "😀" * 500,
    "🦷👨\u200d👩\u200d👧\u200d👦🇨🇳",
    "\u202e\u200fمرحبا أريد موعدا غدا\u202c 预约 明天",
    "שלום, מחר ב-15:00",
    "明日の午後三時に予約できますか",
    "Можно записаться на завтра в 15:00?",
    "can I come tomorrow at 3pm for a cleaning?",
    (ARTICLE * 20)[:LONGEST],
    "1" * LONGEST,
    "1 " * (LONGEST // 2),
    "不" * LONGEST,
    "\x00\x07\x1b[31m",
    "周" * LONGEST,
    "(" * LONGEST,
    "%s %(x)s \\u4e00 \\",
)


@every("question", QUESTIONS)
@every("text", ODD)
def test_odd_texts_are_read_and_nothing_is_booked(text: str, question: str) -> None:
    reading = said(text, question)

    assert not (reading.sure and reading.intent in BOOKING), reading.explained


@given(text=st.text(max_size=300), question=st.sampled_from(QUESTIONS))
@settings(max_examples=200)
@example(text="明天" * (LONGEST // 2), question="booking.day")
@example(text="下午三点" * (LONGEST // 4), question="booking.time")
@example(text="\U000e0001" * 50, question="")
@example(text="㏠㋀㍘1⃣①⓵❶㈠", question="booking.day")
@example(text="٣:٠٠ ३:३० 三點", question="booking.time")
def test_no_text_is_refused_and_every_text_is_read_the_same_way_twice(text: str, question: str) -> None:
    assert said(text, question) == said(text, question)


@given(
    parts=st.lists(
        st.sampled_from(
            [*VERBS, *TYPES, *PERSONS, *DAYS, *TIMES, *REFUSALS, *MARKS, "第", "号", "月", "点", "半", "1", "、"]
        ),
        max_size=60,
    )
)
def test_no_heap_of_words_is_refused(parts: list[str]) -> None:
    assert said("".join(parts)) == said("".join(parts))


def test_a_blank_behind_a_negation_does_not_part_it_from_its_word() -> None:
    assert said("不 好意思打扰一下，我想约明天下午三点洗牙").intent is Intent.BOOK
    assert said("我没 出血").intent is said("我没出血").intent
