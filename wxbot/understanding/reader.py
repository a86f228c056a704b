"""From a message to its reading: every part is asked, and one order says which intent comes first."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from wxbot.clinic.models import Clinic
from wxbot.understanding.appointments import read_appointment
from wxbot.understanding.consents import find_consent
from wxbot.understanding.courtesies import find_courtesy
from wxbot.understanding.danger import DangerRule, find_danger
from wxbot.understanding.message import Message, normalise
from wxbot.understanding.models import Evidence, Intent, Reading
from wxbot.understanding.numerals import choice_number
from wxbot.understanding.own_details import find_own_details
from wxbot.understanding.questions import FrequentQuestion, Synonyms
from wxbot.understanding.requests import find_request
from wxbot.understanding.vocabulary import ReadingContext, Vocabulary, vocabulary_of
from wxbot.understanding.words import WordLists

MOST_REMEMBERED = 2_000  # readings; people write 预约, 1 and 好的 all day
ENTRANCE = "entrance."  # the word lists whose words open an entrance of the account: entrance.book
SHORT_ANSWERS = {"yes": Intent.YES, "no": Intent.NO, "back": Intent.BACK, "leave": Intent.LEAVE, "more": Intent.MORE}


def read(text: str, context: ReadingContext) -> Reading:
    """What `text` means. Pure and deterministic; never raises for any text."""
    message = normalise(text)
    whole = _whole(message, context)
    if whole is not None:
        return whole
    vocabulary = context.vocabulary
    danger = find_danger(message, vocabulary.dangers)
    consent = find_consent(message, vocabulary.words)
    request = find_request(message, vocabulary.words)
    reading = replace(
        read_appointment(message, context),
        danger=danger,
        doubtful_stop=consent is not None and consent.doubtful,
        angry=request is not None and request.angry,
    )
    found: list[Intent] = []
    if danger is not None:
        found.append(Intent.DANGER)
    if consent is not None and not consent.doubtful:
        found.append(consent.intent)
        reading = replace(reading, evidence=(*reading.evidence, *consent.evidence))
    if request is not None and request.intent is not None:
        found.append(request.intent)
        reading = replace(reading, evidence=(*reading.evidence, *request.evidence))
    if reading.intent is Intent.NOTHING or not reading.sure:
        reading = _other_meanings(message, context, reading)
    intents = tuple(dict.fromkeys([*found, reading.intent, *reading.others]))
    main, *others = intents
    return replace(reading, intent=main, others=tuple(each for each in others if each is not Intent.NOTHING))


def _other_meanings(message: Message, context: ReadingContext, reading: Reading) -> Reading:
    """A courtesy, their name or birthday, or a frequent question, where the words are not about appointments."""
    courtesy = find_courtesy(message, context.vocabulary.words)
    if courtesy is not None:
        return replace(reading, intent=courtesy, leftover=(), doubts=())
    asked = context.question.rpartition(".")[2] if context.question.startswith("profile.") else ""
    own = find_own_details(message, context.today, asked)
    if own is not None:
        intent = Intent.NAME if own.name is not None else Intent.BIRTHDAY
        return replace(reading, intent=intent, name=own.name, birthday=own.birthday, leftover=(), doubts=())
    question = context.vocabulary.question_index.find(message)
    reading = replace(reading, question=question)
    if question is None or not question.sure:
        return reading
    rule = Evidence(rule=f"question.{question.ids[0]}", words=message.text, start=0, end=len(message.text))
    others = (*reading.others, reading.intent)  # 洗牙多少钱，想约周六
    return replace(reading, intent=Intent.QUESTION, others=others, evidence=(*reading.evidence, rule))


def _whole(message: Message, context: ReadingContext) -> Reading | None:
    """A number, the words of an entrance, a short answer: the whole message, looked up."""
    number = choice_number(message.text)
    if number is not None:
        return Reading(text=message.text, intent=Intent.CHOICE, choice=number)
    words = context.vocabulary.words
    for each in words.lists:
        if message.words not in words.of(each.key):
            continue
        evidence = (Evidence(rule=f"words.{each.key}", words=message.text, start=0, end=len(message.text)),)
        if each.key.startswith(ENTRANCE):
            key = each.key.removeprefix(ENTRANCE).upper()
            return Reading(text=message.text, intent=Intent.ENTRANCE, entrance=key, evidence=evidence)
        if each.key in SHORT_ANSWERS:
            return Reading(text=message.text, intent=SHORT_ANSWERS[each.key], evidence=evidence)
    return None


class Reader:
    """Reads messages against the clinic as it stands, and remembers the latest readings."""

    def __init__(  # noqa: PLR0913 - one part each
        self,
        *,
        clinic: Callable[[], Clinic],
        words: Callable[[], WordLists],
        questions: Callable[[], tuple[FrequentQuestion, ...]],
        dangers: tuple[DangerRule, ...] = (),
        synonyms: tuple[Synonyms, ...] = (),
        unanswered: tuple[str, ...] = (),
    ) -> None:
        self._clinic, self._words, self._questions = clinic, words, questions
        self._dangers = dangers
        self._synonyms, self._unanswered = synonyms, unanswered
        self._parts: tuple[object, ...] = ()
        self._vocabulary = Vocabulary()
        self._remembered: OrderedDict[tuple[str, date, str], Reading] = OrderedDict()

    @property
    def vocabulary(self) -> Vocabulary:
        """What the clinic's words are at this moment; built again only when one of its parts has changed."""
        parts = (self._clinic(), self._words(), self._questions())
        if len(self._parts) != len(parts) or any(a is not b for a, b in zip(self._parts, parts, strict=True)):
            clinic, words, questions = parts
            self._vocabulary = vocabulary_of(clinic, words, self._dangers, questions, self._synonyms, self._unanswered)
            self._parts = parts
            self._remembered.clear()
        return self._vocabulary

    def prepare(self) -> None:
        """Compile what changed, so that no message waits for it."""
        _ = self.vocabulary.question_index

    def read(self, text: str, *, today: date, question: str = "") -> Reading:
        """What `text` means on that day of the clinic, while that question is open."""
        vocabulary = self.vocabulary
        key = (text, today, question)
        reading = self._remembered.get(key)
        if reading is None:
            horizon = self._clinic().horizon_days
            context = ReadingContext(today=today, vocabulary=vocabulary, horizon_days=horizon, question=question)
            reading = self._remembered[key] = read(text, context)
            if len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return reading
