"""Reads the whole folder: clinic, menu, variables, templates, plans, lexicon. Says everything that is wrong at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from config.canned_replies_file import CannedRepliesFile, canned_findings
from config.care_plan_file import CarePlanFile
from config.checks import Finding, aftercare_findings, clinic_findings, plan_findings, template_findings
from config.clinic_words_file import ClinicWordsFile, clinic_words_findings
from config.complaints_file import ComplaintsFile, complaint_findings
from config.dangers_file import DangerFile, danger_findings
from config.desk_file import DeskFile, desk_findings
from config.endings_file import EndingsFile, endings_findings
from config.followups_file import FollowUpsFile, followups_findings
from config.intake_file import IntakeFile, intake_findings
from config.lexicon_file import LexiconFile, lexicon_findings
from config.menu_file import MenuFile
from config.password_words import read_password_words
from config.patient_dates_file import PatientDatesFile, date_plan_findings, patient_date_findings
from config.practice_file import PracticeFile, practice_findings
from config.problems import ConfigProblem, ContentError
from config.questionnaire_file import QuestionnaireFile, questionnaire_findings
from config.questions_file import QuestionsFile, questions_findings
from config.reception_file import ReceptionFile, reception_findings
from config.schemas import (
    BindingsFile,
    ClinicFile,
    TemplateEntry,
    TemplateFile,
    VariableEntry,
    VariablesFile,
)
from config.surveys_file import SurveysFile, surveys_findings
from config.toml_files import F, FileRead, read_file
from config.visit_day_file import VisitDayFile, visit_day_findings
from config.words_file import WordsFile, words_findings

SHIPPED = Path(__file__).resolve().parent
LATER_TEMPLATES = ("danger.toml", "desk*.toml", "visit_day.toml")  # what a folder from before lacks


@dataclass(frozen=True, kw_only=True)
class Content:
    """Everything the files say. `model_dump()` of each part holds what the rooms' dataclasses are made of."""

    clinic: ClinicFile
    menu: MenuFile
    templates: tuple[TemplateEntry, ...]
    plans: tuple[CarePlanFile, ...]
    variables: Mapping[str, VariableEntry]
    lexicon: Mapping[str, LexiconFile]  # by category, the file's name; empty where the folder has none
    password_words: tuple[str, ...]  # of which nobody makes a password, the most usual first
    words: WordsFile  # what patients say
    dangers: Mapping[str, DangerFile]  # by kind of sign, the file's name
    complaints: ComplaintsFile
    endings: EndingsFile  # by which words a talk's ending is told
    intake: IntakeFile  # what is asked before a visit
    practice: PracticeFile  # what trainees play
    desk: DeskFile  # when the chat desk answers, how long is long, who is told
    questionnaire: QuestionnaireFile  # what patients are asked between booking and visit
    visit_day: VisitDayFile  # what reception asks on the day of a visit, how long is long
    reception: ReceptionFile  # goals of the front desk, its checklist and what it says
    followups: FollowUpsFile  # when and how often patients are called, and what is said
    surveys: SurveysFile  # what patients are asked after a visit, a talk or by a plan
    patient_dates: PatientDatesFile  # the clinic's own kinds of dates that plans count from
    questions: tuple[QuestionsFile, ...]  # frequent questions with their answers; the shipped ones without a folder
    canned_replies: tuple[CannedRepliesFile, ...]  # for the reply box; the shipped ones without a folder
    clinic_words: ClinicWordsFile  # what a colleague's words are checked by, besides the lexicon
    bindings: Mapping[str, str]  # a card's name for a template of the account → the account's id, or empty

    def examples(self) -> dict[str, str]:
        """An example value for every variable, to preview and check wording."""
        return {name: entry.example for name, entry in self.variables.items()}


def load_content(directory: Path = SHIPPED) -> Content:
    """Read and check the whole folder.

    Raises:
        ContentError: with every problem of every file, each naming file, line and fix.
    """
    clinic = read_file(directory, "clinic.toml", ClinicFile)
    menu = read_file(directory, "menu.toml", MenuFile)
    variables = _with_later_variables(read_file(directory, "variables.toml", VariablesFile))
    bindings = read_file(directory, "bindings.toml", BindingsFile)
    words = read_shipped(directory, "words.toml", WordsFile)
    passwords = read_password_words(directory, SHIPPED)
    clinic_words = read_shipped(directory, "clinic_words.toml", ClinicWordsFile)
    templates = [read_file(directory, name, TemplateFile) for name in _names(directory, "templates")]
    own = len(templates)
    templates += _shipped_wording(templates)
    complaints = read_shipped(directory, "complaints.toml", ComplaintsFile)
    endings = read_shipped(directory, "endings.toml", EndingsFile)
    intake = read_shipped(directory, "intake.toml", IntakeFile)
    practice = read_shipped(directory, "practice.toml", PracticeFile)
    desk = read_shipped(directory, "desk.toml", DeskFile)
    questionnaire = read_shipped(directory, "questionnaire.toml", QuestionnaireFile)
    visit_day = read_shipped(directory, "visit_day.toml", VisitDayFile)
    reception = read_shipped(directory, "reception.toml", ReceptionFile)
    followups = read_shipped(directory, "followups.toml", FollowUpsFile)
    surveys = read_shipped(directory, "surveys.toml", SurveysFile)
    dates = read_shipped(directory, "patient_dates.toml", PatientDatesFile)
    dangers = _read_dangers(directory)
    plans = [read_file(directory, name, CarePlanFile) for name in _names(directory, "care_plans")]
    questions = read_shipped_folder(directory, "questions", QuestionsFile)
    canned = read_shipped_folder(directory, "canned_replies", CannedRepliesFile)
    lexicon = [read_file(directory, name, LexiconFile) for name in _names(directory, "lexicon")]
    files: list[FileRead[Any]] = [clinic, menu, variables, bindings, passwords, words, complaints, clinic_words]
    files += [desk, endings, intake, practice, questionnaire, visit_day, reception, followups, surveys, dates]
    files += [*templates, *plans, *lexicon, *dangers, *questions, *canned]
    problems = [problem for file in files for problem in file.problems]
    problems += _disagreements(clinic, variables, templates, plans)
    for category in lexicon:
        problems += _report(category, lexicon_findings)
    problems += _misspoken(words, complaints, dangers, templates)
    problems += [*_report(endings, endings_findings), *_report(intake, intake_findings)]
    problems += [*_report(practice, practice_findings), *_report(visit_day, visit_day_findings)]
    problems += [*_report(reception, reception_findings), *_report(followups, followups_findings)]
    problems += [*_report(dates, patient_date_findings), *_date_plans(dates, plans)]
    if clinic.parsed is not None:
        kinds = [kind.id for kind in clinic.parsed.visit_types]
        problems += _report(questionnaire, partial(questionnaire_findings, visit_types=kinds))
        lists = [each.key for each in words.parsed.lists] if words.parsed is not None else []
        problems += _report(surveys, partial(surveys_findings, visit_types=kinds, word_lists=lists))
    problems += [*_report(desk, desk_findings), *_report(clinic_words, clinic_words_findings)]
    problems += [*_question_problems(questions), *_canned_problems(canned)]
    if bindings.parsed is not None:
        for file in templates[:own]:
            problems += file.report(_unknown_cards(file, bindings.parsed))
    if problems:
        raise ContentError(problems)
    return Content(
        clinic=_parsed(clinic),
        menu=_parsed(menu),
        templates=tuple(entry for file in templates if file.parsed for entry in file.parsed.templates),
        plans=tuple(file.parsed for file in plans if file.parsed),
        variables=_parsed(variables).variables,
        lexicon={Path(category.name).stem: category.parsed for category in lexicon if category.parsed},
        password_words=_parsed(passwords).words,
        words=_parsed(words),
        dangers={Path(signs.name).stem: signs.parsed for signs in dangers if signs.parsed},
        complaints=_parsed(complaints),
        endings=_parsed(endings),
        intake=_parsed(intake),
        practice=_parsed(practice),
        desk=_parsed(desk),
        questionnaire=_parsed(questionnaire),
        visit_day=_parsed(visit_day),
        reception=_parsed(reception),
        followups=_parsed(followups),
        surveys=_parsed(surveys),
        patient_dates=_parsed(dates),
        questions=tuple(file.parsed for file in questions if file.parsed),
        canned_replies=tuple(file.parsed for file in canned if file.parsed),
        clinic_words=_parsed(clinic_words),
        bindings=_parsed(bindings).ids,
    )


def _report(file: FileRead[F], findings: Callable[[F], Iterable[Finding]]) -> Iterator[ConfigProblem]:
    """What is wrong with the content of a file that could be read."""
    if file.parsed is not None:
        yield from file.report(findings(file.parsed))


def _parsed(file: FileRead[F]) -> F:
    """What the file says. Raises ContentError when it could not be read."""
    if file.parsed is None:
        raise ContentError(file.problems)
    return file.parsed


def _with_later_variables(own: FileRead[VariablesFile]) -> FileRead[VariablesFile]:
    """The folder's variables, and those that the service has learnt to fill since the folder was written."""
    shipped = read_file(SHIPPED, "variables.toml", VariablesFile).parsed
    if own.parsed is None or shipped is None:
        return own
    later = {name: each for name, each in shipped.variables.items() if not each.by_hand}
    return replace(own, parsed=VariablesFile(variables={**later, **own.parsed.variables}))


def _shipped_wording(templates: list[FileRead[TemplateFile]]) -> list[FileRead[TemplateFile]]:
    """Shipped wording that came after many folders were written, each file of which the clinic has nothing."""
    keys = {each.key for file in templates if file.parsed is not None for each in file.parsed.templates}
    shipped = [
        read_file(SHIPPED, f"templates/{path.name}", TemplateFile)
        for pattern in LATER_TEMPLATES
        for path in sorted((SHIPPED / "templates").glob(pattern))
    ]
    return [file for file in shipped if file.parsed is not None and keys.isdisjoint(_keys(file.parsed))]


def _keys(file: TemplateFile) -> Iterator[str]:
    return (each.key for each in file.templates)


def _read_dangers(directory: Path) -> list[FileRead[DangerFile]]:
    """The danger rules of the folder, or the shipped ones where it has none."""
    source = directory if _names(directory, "dangers") else SHIPPED
    return [read_file(source, name, DangerFile) for name in _names(source, "dangers")]


def _misspoken(
    words: FileRead[WordsFile],
    complaints: FileRead[ComplaintsFile],
    dangers: list[FileRead[DangerFile]],
    templates: list[FileRead[TemplateFile]],
) -> Iterator[ConfigProblem]:
    """What is wrong with the files that say how patients write."""
    if words.parsed is not None:
        yield from words.report(words_findings(words.parsed))
    if complaints.parsed is not None:
        yield from complaints.report(complaint_findings(complaints.parsed))
    keys = {each.key: each for file in templates if file.parsed is not None for each in file.parsed.templates}
    for signs in dangers:
        if signs.parsed is not None:
            yield from signs.report(danger_findings(signs.parsed, keys))


def _disagreements(
    clinic: FileRead[ClinicFile],
    variables: FileRead[VariablesFile],
    templates: list[FileRead[TemplateFile]],
    plans: list[FileRead[CarePlanFile]],
) -> Iterator[ConfigProblem]:
    """What the files that could be read disagree about. Questions that need an unreadable file are not asked."""
    if clinic.parsed is not None:
        yield from clinic.report(clinic_findings(clinic.parsed))
    by_key: dict[str, TemplateEntry] = {}
    for file in templates:
        if file.parsed is None:
            continue
        if variables.parsed is not None:
            yield from file.report(template_findings(file.parsed, variables.parsed.variables))
        yield from file.report(_given_twice(file.parsed, by_key))
        by_key.update((template.key, template) for template in file.parsed.templates)
    if all(file.parsed is not None for file in templates):
        for plan in plans:
            if plan.parsed is not None:
                yield from plan.report(plan_findings(plan.parsed, by_key))
    yield from _plan_disagreements(clinic, plans)


def _plan_disagreements(clinic: FileRead[ClinicFile], plans: list[FileRead[CarePlanFile]]) -> Iterator[ConfigProblem]:
    keys: set[str] = set()
    readable: list[CarePlanFile] = []
    for file in plans:
        if file.parsed is None:
            continue
        if file.parsed.key in keys:
            what = f"another plan has the key {file.parsed.key!r} too"
            yield from file.report([Finding(path=("key",), what=what, fix="Choose another key")])
        keys.add(file.parsed.key)
        readable.append(file.parsed)
    if clinic.parsed is not None and len(readable) == len(plans):
        yield from clinic.report(aftercare_findings(clinic.parsed, readable))


def _date_plans(dates: FileRead[PatientDatesFile], plans: list[FileRead[CarePlanFile]]) -> Iterator[ConfigProblem]:
    """Plans for kinds of dates that the clinic does not have."""
    if dates.parsed is not None:
        kinds = [kind.key for kind in dates.parsed.kinds]
        for plan in plans:
            yield from _report(plan, partial(date_plan_findings, kinds=kinds))


def _given_twice(file: TemplateFile, elsewhere: Mapping[str, TemplateEntry]) -> Iterator[Finding]:
    seen = set(elsewhere)
    for position, template in enumerate(file.templates):
        if template.key in seen:
            what = f"the template {template.key!r} exists already"
            yield Finding(
                path=("templates", position, "key"), what=what, fix="Keep one of the two, or choose another key"
            )
        seen.add(template.key)


def _unknown_cards(file: FileRead[TemplateFile], bindings: BindingsFile) -> Iterator[Finding]:
    """Cards that name a template of the account which bindings.toml does not know."""
    for position, template in enumerate(file.parsed.templates if file.parsed else ()):
        for kind in ("template_card", "notice_card"):
            card = getattr(template, kind)
            if card is not None and card.template_id and card.template_id not in bindings.ids:
                yield Finding(
                    path=("templates", position, kind, "template_id"),
                    what=f"bindings.toml has no {card.template_id}",
                    fix=f'Add {card.template_id} = "" to bindings.toml, or correct the name',
                )


def read_shipped(directory: Path, name: str, schema: type[F]) -> FileRead[F]:
    """The file of the folder, or the one that is shipped where the folder has none."""
    return read_file(directory if (directory / name).exists() else SHIPPED, name, schema)


def read_shipped_folder(directory: Path, folder: str, schema: type[F]) -> list[FileRead[F]]:
    """Every file of that folder, or of the shipped one where the configuration has none."""
    root = directory if (directory / folder).is_dir() else SHIPPED
    return [read_file(root, name, schema) for name in _names(root, folder)]


def _question_problems(files: list[FileRead[QuestionsFile]]) -> Iterator[ConfigProblem]:
    """What the files of questions disagree about."""
    ids: set[str] = set()
    for file in files:
        if file.parsed is not None:
            yield from file.report(questions_findings(file.parsed, ids))
            ids |= {each.id for each in file.parsed.questions}


def _canned_problems(files: list[FileRead[CannedRepliesFile]]) -> Iterator[ConfigProblem]:
    """What the files of canned replies disagree about."""
    ids: set[str] = set()
    for file in files:
        if file.parsed is not None:
            yield from file.report(canned_findings(file.parsed, ids))
            ids |= {each.id for each in file.parsed.replies}


def _names(directory: Path, folder: str) -> list[str]:
    return [f"{folder}/{path.name}" for path in sorted((directory / folder).glob("*.toml"))]
