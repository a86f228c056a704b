"""From a message to its reading: every part is asked, and one order says which intent comes first."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from wxbot.clinic.models import Clinic
from wxbot.patients.models import ConsentTopic
from wxbot.understanding.appointment_intents import BOOKING
from wxbot.understanding.appointments import STANDING as APPOINTMENTS
from wxbot.understanding.appointments import read_appointment
from wxbot.understanding.complaints import find_complaint
from wxbot.understanding.consents import ConsentFound, find_consent
from wxbot.understanding.courtesies import find_courtesy
from wxbot.understanding.danger import find_danger
from wxbot.understanding.lexicon import lexicon_of
from wxbot.understanding.message import Message, normalise
from wxbot.understanding.message import warm_up as load_conversion
from wxbot.understanding.models import DangerFound, Evidence, Intent, Reading, Slots
from wxbot.understanding.numerals import choice_number
from wxbot.understanding.own_details import OwnDetails, find_own_details
from wxbot.understanding.question_or_wish import RULED, named_when, with_question
from wxbot.understanding.questions import FrequentQuestion
from wxbot.understanding.requests import RequestFound, find_request
from wxbot.understanding.second_opinion import warm_up as load_second_opinion
from wxbot.understanding.short_answers import courteous_answer, listed_answer
from wxbot.understanding.stop_topics import stop_topics
from wxbot.understanding.vocabulary import ReadingContext, ReadingRules, Vocabulary, vocabulary_of
from wxbot.understanding.words import WordLists

MOST_REMEMBERED = 2_000  # readings; people write 预约, 1 and 好的 all day
ENTRANCE = "entrance."  # the word lists whose words open an entrance of the account: entrance.book
OWN_DETAILS_ASKED = frozenset(  # questions for name or birthday
    {"profile.name", "profile.birthday", "booking.name", "booking.birthday"}
)
THANKS = ("谢谢", "感谢", "多谢")


def read(text: str, context: ReadingContext) -> Reading:
    """What `text` means. Pure and deterministic; never raises for any text.

    Danger comes first, then what the message says about being written to, then a short answer to an open question,
    a wish for a person, appointments, and what else it may be. What is beside the main intent is in `others`.
    """
    message = normalise(text)
    whole = _whole(message, context)
    if whole is not None:
        return whole
    vocabulary = context.vocabulary
    danger = find_danger(message, vocabulary.rules.dangers)
    consent = find_consent(message, vocabulary.words)
    if consent is not None and not consent.doubtful:
        return _with_consent(message, context, consent, danger)
    complaint = find_complaint(message, vocabulary.rules.complaints)
    if danger is None and not complaint and context.question:
        answer = courteous_answer(message, vocabulary.words)
        if answer is not None and not _cancels(answer, message, context):
            return replace(answer, doubtful_stop=consent is not None)
    request = find_request(message, vocabulary.words)
    reading = _meaning(message, context)
    if not (danger or consent or complaint or request or reading.others):
        return reading
    return _beside(reading, danger, consent, complaint, request)


def _beside(
    reading: Reading,
    danger: DangerFound | None,
    consent: ConsentFound | None,
    complaint: tuple[Evidence, ...],
    request: RequestFound | None,
) -> Reading:
    """The reading with what is said beside it; a stop that is in doubt is among that."""
    found: list[Intent] = []
    evidence = [*reading.evidence]
    if danger is not None:
        found.append(Intent.DANGER)
        evidence += danger.evidence
    if consent is not None:
        evidence += consent.evidence
        if consent.alone:
            reading = replace(reading, intent=Intent.NOTHING, others=(), doubts=(), leftover=(), slots=Slots())
    if complaint:
        found.append(Intent.COMPLAINT)
        evidence += complaint
    if request is not None and request.intent is not None:
        found.append(request.intent)
        evidence += request.evidence
    main, *others = dict.fromkeys([*found, reading.intent, *reading.others])
    return replace(
        reading,
        intent=main,
        others=tuple(each for each in others if each is not Intent.NOTHING),
        evidence=tuple(evidence),
        danger=danger,
        doubtful_stop=consent is not None,
        angry=request is not None and request.angry,
    )


def _with_consent(
    message: Message, context: ReadingContext, consent: ConsentFound, danger: DangerFound | None
) -> Reading:
    """A stop or resume, which counts at once, and the reading of what else the message says."""
    rest = read(consent.rest, context) if consent.rest else Reading(text="")
    # a short stop leaves no rest, whatever stands beside it: 退订。你们乱收费
    complaint = () if consent.rest else find_complaint(message, context.vocabulary.rules.complaints)
    intents = [Intent.DANGER] if danger is not None else []
    intents += [consent.intent, *([Intent.COMPLAINT] if complaint else []), rest.intent, *rest.others]
    main, *others = dict.fromkeys(each for each in intents if each is not Intent.NOTHING)
    return replace(
        rest,
        text=message.text,
        intent=main,
        others=tuple(others),
        evidence=(
            *(danger.evidence if danger is not None else ()),
            *consent.evidence,
            *complaint,
            *(_placed(each, message.text) for each in rest.evidence),
        ),
        danger=danger,
        rest=consent.rest,
        stop_topics=_stop_topics(message, context, consent),
    )


def _stop_topics(message: Message, context: ReadingContext, consent: ConsentFound) -> tuple[ConsentTopic, ...]:
    if consent.intent is not Intent.STOP:
        return ()
    return stop_topics(message.text, consent.evidence, context.vocabulary.words)


def _placed(evidence: Evidence, text: str) -> Evidence:
    """Evidence of a part, with its place in the whole text; its beginning where the words are not found there."""
    start = max(text.find(evidence.words), 0)
    return replace(evidence, start=start, end=start + len(evidence.words))


def _meaning(message: Message, context: ReadingContext) -> Reading:
    """What the message says of appointments, or else: a courtesy, their own details, a frequent question."""
    told = _own_answer(message, context) if context.question in OWN_DETAILS_ASKED else None
    if told is not None:
        return told
    reading = read_appointment(message, context)
    if reading.intent is Intent.DETAILS and not context.question:  # 本人马建国 is no answer when nothing was asked
        told = _own_answer(message, context)
    elif reading.intent in RULED and not named_when(reading):
        told = with_question(message, context, reading)
        told = told if told.intent is Intent.QUESTION else None
    if told is not None:
        return told
    settled = reading.sure and reading.intent not in {Intent.FREE_HOURS, Intent.DETAILS}
    return reading if settled else _weaker_meaning(message, context, reading)


def _weaker_meaning(message: Message, context: ReadingContext, reading: Reading) -> Reading:
    """What else the message may be when it is not surely about appointments."""
    if not reading.sure or not context.question or _thanks_somebody(message, reading):  # 多谢周医生 names no wish
        courtesy = find_courtesy(message, context.vocabulary.words)
        if courtesy is not None:
            return Reading(text=reading.text, intent=courtesy)
    if not reading.sure:
        reading = _with_own_details(message, context, reading)
    elif reading.intent is Intent.DETAILS:
        return reading
    return with_question(message, context, reading)


def _own_answer(message: Message, context: ReadingContext) -> Reading | None:
    """Their name or birthday, when the message says nothing else."""
    own = _own_details(message, context)
    return _told(message, own) if own is not None and own.alone else None


def _with_own_details(message: Message, context: ReadingContext, reading: Reading) -> Reading:
    """The reading with the name or birthday that the message tells; they are what it is about if it says no more."""
    own = _own_details(message, context)
    if own is None:
        return reading
    if reading.intent is Intent.NOTHING or (reading.intent is Intent.DETAILS and own.alone):
        return _told(message, own)
    told = _told(message, own)
    return replace(reading, name=own.name, birthday=own.birthday, others=(*reading.others, told.intent))


def _own_details(message: Message, context: ReadingContext) -> OwnDetails | None:
    asked = context.question.rpartition(".")[2] if context.question in OWN_DETAILS_ASKED else ""
    return find_own_details(message, context.today, asked)


def _told(message: Message, own: OwnDetails) -> Reading:
    """A message about their own details; without a name and a birthday they told a part of one (我姓欧阳, 5月12日)."""
    intent = Intent.NAME if own.about_name else Intent.BIRTHDAY
    rule = Evidence(rule=f"own.{intent.value}", words=message.text, start=0, end=len(message.text))
    return Reading(text=message.text, intent=intent, name=own.name, birthday=own.birthday, evidence=(rule,))


def _cancels(answer: Reading, message: Message, context: ReadingContext) -> bool:
    """取消 leaves a dialogue, but is about an appointment where no dialogue is open, or one about appointments."""
    about_appointments = not context.question or context.question.startswith(APPOINTMENTS)
    return (
        answer.intent is Intent.LEAVE
        and about_appointments
        and read_appointment(message, context).intent is Intent.CANCEL
    )


def _stops(answer: Reading, message: Message, context: ReadingContext) -> bool:
    """停 leaves a dialogue, and where none is open it asks us to write no more."""
    leaves = answer.intent is Intent.LEAVE and not context.question
    return leaves and find_consent(message, context.vocabulary.words) is not None


def _thanks_somebody(message: Message, reading: Reading) -> bool:
    """替我谢谢周医生 chooses nobody."""
    return any(
        each.rule == "names.practitioner" and message.text[: each.start].endswith(THANKS) for each in reading.evidence
    )


def _whole(message: Message, context: ReadingContext) -> Reading | None:
    """A number, a short answer, the words of an entrance: the whole message, looked up."""
    number = choice_number(message.text)
    if number is not None:
        return Reading(text=message.text, intent=Intent.CHOICE, choice=number)
    words = context.vocabulary.words
    answer = listed_answer(message, words)
    if answer is not None:
        return None if _cancels(answer, message, context) or _stops(answer, message, context) else answer
    if context.question.startswith(BOOKING) and read_appointment(message, context).slots.another:
        return None  # 换个时间 while a booking is talked about is about that booking
    entrance = words.entrance_of(message.words)
    if entrance is None:
        return None
    key = entrance.removeprefix(ENTRANCE).upper()
    evidence = (Evidence(rule=f"words.{entrance}", words=message.text, start=0, end=len(message.text)),)
    return Reading(text=message.text, intent=Intent.ENTRANCE, entrance=key, evidence=evidence)


class Reader:
    """Reads messages against the clinic as it stands, and remembers the latest readings."""

    def __init__(
        self,
        *,
        clinic: Callable[[], Clinic],
        words: Callable[[], WordLists],
        questions: Callable[[], tuple[FrequentQuestion, ...]],
        rules: ReadingRules | None = None,
    ) -> None:
        self._clinic, self._words, self._questions = clinic, words, questions
        self._rules = rules
        self._parts: tuple[object, ...] = ()
        self._vocabulary = Vocabulary()
        self._remembered: OrderedDict[tuple[str, date, str], Reading] = OrderedDict()

    @property
    def vocabulary(self) -> Vocabulary:
        """What the clinic's words are at this moment; built again only when one of its parts has changed."""
        parts = (self._clinic(), self._words(), self._questions())
        if len(self._parts) != len(parts) or any(a is not b for a, b in zip(self._parts, parts, strict=True)):
            clinic, words, questions = parts
            self._vocabulary = vocabulary_of(clinic, words, questions, self._rules)
            self._parts = parts
            lexicon_of(self._vocabulary)  # compiled here, so that no message waits for it once the service has begun
            self._remembered.clear()
        return self._vocabulary

    def warm_up(self) -> float:
        """Load what the first reading would wait for, once, before messages come; the seconds it took."""
        load_conversion()
        self.prepare()
        return load_second_opinion()

    def prepare(self) -> None:
        """Compile what changed, so that no message waits for it."""
        _ = self.vocabulary.question_index

    def read(self, text: str, *, today: date, question: str = "") -> Reading:
        """What `text` means on that day of the clinic, while that question is open."""
        vocabulary = self.vocabulary
        key = (text, today, question)
        reading = self._remembered.get(key)
        if reading is None:
            horizon = self._clinic().longest_horizon_days  # what is said may be about any visit type
            context = ReadingContext(today=today, vocabulary=vocabulary, horizon_days=horizon, question=question)
            reading = self._remembered[key] = read(text, context)
            if len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return reading
