"""From the files of config/ to the rooms' own values: one place, no hand-written field lists."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cattrs import Converter

from config.content import Content, load_content
from config.desk_file import A_DAY, DeskFile
from config.problems import ContentError
from config.schemas import VariableEntry
from config.settings import Settings
from wxbot.canned_replies.models import CannedReply, CannedReplyId
from wxbot.care.anchors import ANCHORS
from wxbot.care.anchors.kind import AnchorKind
from wxbot.care.checks import problems_of
from wxbot.care.dates import DateKind
from wxbot.care.models import CarePlan
from wxbot.care.questions import HINT
from wxbot.clinic.bundles import with_bundles
from wxbot.clinic.models import Clinic, Room, RoomId
from wxbot.clinic.photos import Photo, photo_of
from wxbot.clinic.ports import LiveClinic
from wxbot.conversations.closing.closings import EndingLists
from wxbot.conversations.closing.ending_words import EndingWords
from wxbot.conversations.closing.farewells import Sentences
from wxbot.conversations.evaluation.practice_models import PracticeRules
from wxbot.conversations.intake.service import IntakeField
from wxbot.conversations.rules import DeskRules
from wxbot.errors import ConfigurationError, FieldErrors
from wxbot.followups.rules import FollowUpRules, followup_rules
from wxbot.messaging import Channel
from wxbot.quality.facts import SpokenRules
from wxbot.quality.models import Entry as LexiconEntry
from wxbot.questions.models import FileQuestion, Question
from wxbot.reception.rules import ReceptionRules, reception_rules
from wxbot.surveys.models import Occasion, SurveyRules
from wxbot.surveys.rules import survey_rules
from wxbot.templates.broadcast_usage import BROADCAST_EVENT, usage_in_broadcasts
from wxbot.templates.compiling import variables_of
from wxbot.templates.models import Binding, Template, TemplateUsage, Variable
from wxbot.templates.rendering import Address
from wxbot.understanding import complaints as complaint
from wxbot.understanding import danger
from wxbot.understanding.complaints import ComplaintRule
from wxbot.understanding.danger import DangerRule
from wxbot.understanding.phrase_search import PhraseError
from wxbot.understanding.questions import Synonyms
from wxbot.understanding.vocabulary import ReadingRules
from wxbot.understanding.words import WordList, WordLists
from wxbot.visits.questions import VisitQuestion, questions_of
from wxbot.visits.rules import VisitDayRules, rules_of


@dataclass(frozen=True, kw_only=True)
class Installation:
    """What makes one clinic different from another."""

    clinic: Clinic
    templates: tuple[Template, ...]
    plans: tuple[CarePlan, ...]
    menu: dict[str, Any]
    examples: dict[str, str]  # an example for every variable that wording may use
    lexicon: tuple[LexiconEntry, ...]  # words that must not be said
    unbound: tuple[str, ...]  # cards' names for templates of the account that have no id yet
    word_lists: WordLists = field(default_factory=WordLists)  # what patients say
    rules: ReadingRules = field(default_factory=ReadingRules)  # what only the files say of how words are read
    questions: tuple[FileQuestion, ...] = ()  # frequent questions with their answers
    canned_replies: tuple[CannedReply, ...] = ()  # for the reply box
    spoken: SpokenRules = field(default_factory=SpokenRules)  # what colleagues' words are checked by
    bindings: tuple[Binding, ...] = ()  # the cards' names and the account's ids
    variables: Mapping[str, Variable] = field(default_factory=dict)  # what wording may name
    password_words: tuple[str, ...] = ()  # of which nobody makes a password, the most usual first
    photos: tuple[Photo, ...] = ()  # pictures of practitioners, from photos/
    uses: Mapping[str, TemplateUsage] = field(default_factory=dict)  # by template key
    date_kinds: tuple[DateKind, ...] = ()  # the clinic's own dates of patients that plans count from
    endings: EndingLists = field(default_factory=EndingLists)  # by which words a talk's ending is told
    intake: tuple[IntakeField, ...] = ()  # what is asked before a visit
    practice: PracticeRules = field(default_factory=PracticeRules)  # what trainees play
    desk: DeskRules = field(default_factory=DeskRules)  # when the chat desk answers, how long is long, who is told
    questionnaire: tuple[VisitQuestion, ...] = ()  # what patients are asked between booking and visit
    visit_day: VisitDayRules = field(default_factory=VisitDayRules)  # what reception asks on the day of a visit
    reception: ReceptionRules = field(default_factory=ReceptionRules)  # goals and checklist of the front desk
    followups: FollowUpRules = field(default_factory=FollowUpRules)  # when patients are called, and what is said
    surveys: SurveyRules = field(default_factory=SurveyRules)  # what patients are asked afterwards


def read_installation(settings: Settings) -> Installation:
    """Read and check the configuration folder. Raises ConfigurationError with every problem found."""
    try:
        content = load_content(settings.config_dir)
    except ContentError as error:
        raise ConfigurationError([str(problem) for problem in error.problems]) from error
    except OSError as error:
        where = error.filename or settings.config_dir
        raise ConfigurationError(
            [f"Configuration: {where} cannot be read ({error.strerror}). May the service's user read that folder?"]
        ) from error
    return _installation(content, settings)


def _installation(content: Content, settings: Settings) -> Installation:
    converter = Converter()
    for kind in (time, date, ZoneInfo):
        converter.register_structure_hook(kind, lambda value, _: value)
    clinic = _with_rooms(converter.structure({**content.clinic.model_dump(), "timezone": settings.timezone}, Clinic))
    templates = converter.structure([entry.model_dump() for entry in content.templates], tuple[Template, ...])
    plans = converter.structure([plan.model_dump() for plan in content.plans], tuple[CarePlan, ...])
    entries = [entry for category, file in content.lexicon.items() for entry in file.whole_entries(category)]
    lexicon = converter.structure(entries, tuple[LexiconEntry, ...])
    surveys = survey_rules(content.surveys.model_dump())
    if problems := problems_of(plans, {template.key: template for template in templates}, surveys=surveys):
        raise ConfigurationError(problems)
    if unknown := _unknown_surveys(plans, surveys):
        raise ConfigurationError(unknown)
    bindings = {name: name for name in content.bindings} if settings.demo else content.bindings
    variables = {name: _variable(name, entry) for name, entry in content.variables.items()}
    return Installation(
        clinic=clinic,
        templates=templates,
        plans=plans,
        menu=content.menu.wire(settings.public_url),
        examples=content.examples(),
        lexicon=lexicon,
        unbound=tuple(name for name, account_id in bindings.items() if not account_id),
        password_words=content.password_words,
        word_lists=WordLists(tuple(WordList(**each.model_dump()) for each in content.words.lists)),
        rules=_rules(content, converter),
        questions=tuple(
            _question(converter, each.model_dump()) for file in content.questions for each in file.questions
        ),
        canned_replies=tuple(
            CannedReply(
                id=CannedReplyId(each.id), title=each.title, text=each.text, folder=file.folder, source=each.source
            )
            for file in content.canned_replies
            for each in file.replies
        ),
        spoken=converter.structure(content.clinic_words.rules(), SpokenRules),
        photos=_photos(settings.config_dir, clinic),
        bindings=tuple(_binding(name, account_id, templates) for name, account_id in bindings.items()),
        variables=variables,
        endings=ending_lists(content),
        practice=_practice(content, converter),
        intake=tuple(IntakeField(**each.model_dump()) for each in content.intake.fields),
        uses=template_uses(templates, plans, frozenset(common_variables(clinic)), variables),
        desk=_desk_rules(content.desk, converter),
        questionnaire=questions_of(content.questionnaire.model_dump()),
        visit_day=rules_of(content.visit_day.model_dump()),
        reception=reception_rules(content.reception.model_dump()),
        followups=followup_rules(content.followups.model_dump()),
        surveys=surveys,
        date_kinds=tuple(DateKind(**each.model_dump()) for each in content.patient_dates.kinds),
    )


def _unknown_surveys(plans: Iterable[CarePlan], rules: SurveyRules) -> list[str]:
    """Steps that ask what is no survey of a plan."""
    known = {each.key for each in rules.surveys if each.after is Occasion.PLAN}
    return [
        f"care_plans: step {step.key!r} of {plan.key!r} asks the survey {step.survey!r}; surveys.toml has no such one "
        f'with after = "plan". Known: {", ".join(sorted(known)) or "none"}'
        for plan in plans
        for step in plan.steps
        if step.survey and step.survey not in known
    ]


def _practice(content: Content, converter: Converter) -> PracticeRules:
    """What practice.toml says. Raises ConfigurationError for phrases that cannot be read."""
    rules = converter.structure(content.practice.model_dump(), PracticeRules)
    try:
        rules.prepare()
    except PhraseError as error:
        raise ConfigurationError([f"practice.toml: {error}"]) from error
    return rules


def ending_lists(content: Content) -> EndingLists:
    """What endings.toml says. Raises ConfigurationError for phrases that cannot be read."""
    file = content.endings
    words = EndingWords(
        phrases=file.phrases.model_dump(),
        abuse=file.abuse.words,
        silent_after=timedelta(minutes=file.silent_minutes),
        wait_for=timedelta(minutes=file.wait_minutes),
    )
    try:
        words.prepare()
    except PhraseError as error:
        raise ConfigurationError([f"endings.toml: {error}"]) from error
    sentences = Sentences(by_key=file.sentences.model_dump(), solemn=file.holidays.solemn)
    return EndingLists(words=words, sentences=sentences)


def _desk_rules(file: DeskFile, converter: Converter) -> DeskRules:
    """Whole seconds become lengths of time; every other value is as the file has it."""
    converter.register_structure_hook(timedelta, lambda value, _: timedelta(seconds=value))
    words = file.words.model_dump()
    words["hold_words"] = words.pop("hold")
    days = {
        "block_usual": file.blocks.usual_days,
        "block_most": file.blocks.most_days,
    }
    flat = {**file.clocks.model_dump(), **file.people.model_dump(), **words}
    flat |= {name: number * A_DAY for name, number in days.items()}
    entries = {
        "hours": [each.model_dump() for each in file.hours],
        "ladder": [each.model_dump() for each in file.ladder],
        "standards": {key: {"basic": basic, "excellent": excellent} for key, (basic, excellent) in file.standards},
    }
    return converter.structure({**flat, **entries}, DeskRules)


def _rules(content: Content, converter: Converter) -> ReadingRules:
    """What only the files say of how words are read. Raises ConfigurationError for phrases that mean nothing."""
    warnings = [rule for kind, signs in content.dangers.items() for rule in signs.whole_rules(kind)]
    dangers = converter.structure(warnings, tuple[DangerRule, ...])
    complaints = converter.structure(list(content.complaints.whole_rules()), tuple[ComplaintRule, ...])
    try:
        danger.prepare(dangers)
        complaint.prepare(complaints)
    except PhraseError as error:  # nothing remains of them in the normal form of messages
        raise ConfigurationError([f"dangers/ or complaints.toml: {error}"]) from error
    return ReadingRules(
        dangers=dangers,
        complaints=complaints,
        synonyms=tuple(Synonyms(**each.model_dump()) for file in content.questions for each in file.synonyms),
        unanswered=tuple(word for file in content.questions for word in file.unanswered),
        unanswered_ways=tuple(way for file in content.questions for way in file.unanswered_ways),
    )


def _question(converter: Converter, entry: dict[str, Any]) -> FileQuestion:
    months = entry.pop("review_months")
    return FileQuestion(question=converter.structure(entry, Question), review_months=months)


def _photos(directory: Path, clinic: Clinic) -> tuple[Photo, ...]:
    """The pictures that practitioners name, as photos/<name>.jpg, .png or .webp. A missing one is left out.

    Raises:
        ConfigurationError: a file that is too large or no picture.
    """
    named = {person.photo for person in clinic.practitioners if person.photo is not None}
    found: list[Photo] = []
    problems: list[str] = []
    for path in sorted((directory / "photos").glob("*")):
        if path.stem not in named:
            continue
        try:
            found.append(photo_of(path.read_bytes(), path.stem))
        except FieldErrors as error:
            problems.append(f"photos/{path.name}: {' '.join(error.fields.values())}")
    if problems:
        raise ConfigurationError(problems)
    return tuple(found)


def _with_rooms(clinic: Clinic) -> Clinic:
    """The clinic with every room that a practitioner names; files need not list them. Bundles get their length."""
    known = {room.id for room in clinic.rooms}
    named = dict.fromkeys(person.room for person in clinic.practitioners if person.room not in known)
    kinds = with_bundles(clinic.visit_types)
    return replace(
        clinic, visit_types=kinds, rooms=(*clinic.rooms, *(Room(id=RoomId(name), name=name) for name in named))
    )


def _binding(name: str, account_id: str, templates: Iterable[Template]) -> Binding:
    """A card's name with the account's id; the kind is that of the cards which use it."""
    notices = {each.notice_card.template_id for each in templates if each.notice_card is not None}
    return Binding(id=name, kind=Channel.NOTICE if name in notices else Channel.TEMPLATE, template_id=account_id)


def _variable(name: str, entry: VariableEntry) -> Variable:
    return Variable(
        name=name,
        meaning=entry.meaning,
        example=entry.example,
        shortest=entry.shortest or entry.example,
        longest=entry.longest or entry.example,
        may_be_empty=entry.may_be_empty,
        by_hand=entry.by_hand,
    )


def template_uses(
    templates: Iterable[Template],
    plans: Sequence[CarePlan],
    common: frozenset[str],
    variables: Mapping[str, Variable],
    anchors: Mapping[str, AnchorKind] = ANCHORS,
) -> dict[str, TemplateUsage]:
    """What each shipped template is needed for.

    A care plan's step is filled from its anchor, a template of broadcasts for each patient and by hand. A handler fills
    what its shipped wording names, and may not be asked for more.
    """
    uses: dict[str, TemplateUsage] = {}
    for template in templates:
        steps = [(plan, step) for plan in plans for step in plan.steps if step.template == template.key]
        if steps:
            event = "、".join(dict.fromkeys(plan.title for plan, _ in steps))
            filled = frozenset.intersection(*(anchors[plan.anchor].variables for plan, _ in steps))
            if all(step.question is not None for _, step in steps):
                filled |= {HINT}
            greeting = any(step.greeting for _, step in steps)
            uses[template.key] = TemplateUsage(event=f"关怀计划：{event}", variables=common | filled, greeting=greeting)
        elif template.event == BROADCAST_EVENT:
            uses[template.key] = usage_in_broadcasts(variables, common)
        else:
            uses[template.key] = TemplateUsage(event=template.event, variables=common | variables_of(template))
    return uses


NOTICE_PAGE = "/w/notice"  # of the patients' pages: what is stored of them, and their rights
NOTICE_TAP = Address(
    "weixin://bizmsgmenu?msgmenucontent=个人信息须知&msgmenuid=NOTICE"
)  # asks for the same in the chat


def common_variables(clinic: Clinic, public_url: str = "") -> dict[str, str]:
    """What every template may say of the clinic. `public_url` is our address as phones see it; empty: none."""
    return {
        "clinic_name": clinic.name,
        "clinic_address": clinic.address,
        "clinic_phone": clinic.phone,
        "privacy_contact": clinic.privacy_contact,
        "notice_link": f"{public_url}{NOTICE_PAGE}" if public_url else NOTICE_TAP,
    }


class CommonVariables(Mapping[str, str]):
    """The same of a clinic that changes while the service runs: put together again when it has."""

    def __init__(self, clinics: LiveClinic, public_url: str = "") -> None:
        self._clinics = clinics
        self._public_url = public_url
        self._clinic: Clinic | None = None
        self._variables: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        """What a template may name."""
        return self._current()[name]

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._current())

    def __len__(self) -> int:
        """How many there are."""
        return len(self._current())

    def _current(self) -> dict[str, str]:
        clinic = self._clinics.current
        if clinic is not self._clinic:
            self._clinic, self._variables = clinic, common_variables(clinic, self._public_url)
        return self._variables
