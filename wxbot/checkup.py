"""What is missing or wrong, in plain words: for `wxbot check`, and for a start that must be refused."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from config.problems import ContentError
from config.setting_problems import missing_for_serving, stray_names
from config.setting_problems import read_settings as read_all
from config.settings import ENV_FILE, Settings
from wxbot.care.models import CarePlan, Offset, Step
from wxbot.clinic.workdays import unknown_years
from wxbot.clock import Clock, SystemClock
from wxbot.diagnostics.models import Finding, Severity, of
from wxbot.embedded_mongo import find_mongod
from wxbot.encryption.key_file import KeyFile
from wxbot.errors import ConfigurationError
from wxbot.installation import Installation, common_variables, read_installation
from wxbot.preflight import examine as examine_by_connecting
from wxbot.quality.service import Quality
from wxbot.templates.service import Templates


@dataclass(frozen=True)
class PlanTimeline:
    """A care plan as a table: step, when, template, purpose, how long it is worth sending."""

    title: str
    rows: tuple[tuple[str, str, str, str, str], ...]


@dataclass
class Findings:
    """The answer of `wxbot check`."""

    fine: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    plans: list[PlanTimeline] = field(default_factory=list)

    def add(self, found: Sequence[Finding]) -> None:
        """Take over findings, each by its severity."""
        self.fine += [each.message for each in of(found, Severity.FINE)]
        self.warnings += [each.message for each in of(found, Severity.WARNING)]
        self.problems += [each.message for each in of(found, Severity.PROBLEM)]


def read_settings(*, serving: bool) -> Settings:
    """The settings. Raises ConfigurationError for wrong values; when `serving`, for missing ones too."""
    try:
        settings = read_all()
    except ContentError as error:
        raise ConfigurationError([str(problem) for problem in error.problems]) from error
    except OSError as error:
        raise ConfigurationError([f"{ENV_FILE}: the file cannot be read ({error.strerror})"]) from error
    if serving:
        missing = missing_for_serving(settings)
        if missing:
            raise ConfigurationError([str(problem) for problem in missing])
    return settings


async def examine(*, offline: bool = False, clock: Clock | None = None) -> Findings:
    """Settings, files, folders, disk, database and the platform's clock: everything that is found, at once.

    `offline` looks at settings and files only, and connects to nothing. Raises nothing that has a sentence.
    """
    findings = examine_files()
    try:
        settings = read_settings(serving=False)
    except ConfigurationError:
        return findings  # it has been said
    if offline:
        _examine_database(settings, findings)
        return findings
    findings.add(await examine_by_connecting(settings, clock or SystemClock()))
    return findings


def examine_files() -> Findings:
    """Look at settings and files."""
    findings = Findings()
    try:
        settings = read_settings(serving=False)
        findings.warnings += [str(problem) for problem in stray_names()]
    except ConfigurationError as error:
        findings.problems += error.problems
        return findings
    findings.problems += [str(problem) for problem in missing_for_serving(settings)]
    if not findings.problems:
        findings.fine.append("Settings: everything the service needs is there")
    _examine_keys(settings, findings)
    try:
        installation = read_installation(settings)
    except ConfigurationError as error:
        findings.problems += error.problems
        return findings
    _examine_content(installation, findings)
    return findings


def _examine_database(settings: Settings, findings: Findings) -> None:
    if settings.mongodb_uri.get_secret_value():
        findings.fine.append("Database: the one at WXBOT_MONGODB_URI")
        return
    try:
        find_mongod(settings.data_dir)
    except ConfigurationError as error:
        findings.problems += error.problems
    except OSError as error:
        findings.problems.append(f"Embedded database: {error.filename}: {error.strerror}")
    else:
        findings.fine.append(f"Database: a mongod of our own, data in {Path(settings.data_dir)}/mongo")


def _examine_keys(settings: Settings, findings: Findings) -> None:
    """Where the data keys are. Whether they fit the database is seen at the start."""
    if settings.data_key.get_secret_value():
        findings.fine.append("Data key: the one in WXBOT_DATA_KEY")
        return
    file = KeyFile(settings.data_dir)
    try:
        ring = file.read()
    except ConfigurationError as error:
        findings.problems += error.problems
        return
    where = file.described if ring is not None else f"none yet; the first start makes {file.described}"
    findings.fine.append(f"Data key: {where}. Back it up, apart from the data")
    if settings.mongodb_uri.get_secret_value():
        findings.warnings.append("WXBOT_DATA_KEY: not set; several machines on one database need the same data key")


def _examine_content(installation: Installation, findings: Findings) -> None:
    clinic = installation.clinic
    findings.fine.append(
        f"Clinic: {clinic.name}, {len(clinic.practitioners)} practitioners, {len(clinic.visit_types)} visit types"
    )
    templates = Templates(installation.templates, common=common_variables(clinic))
    findings.problems += templates.check(installation.examples)
    findings.fine.append(f"Wording: {len(installation.templates)} templates")
    _examine_words(installation, findings)
    if installation.unbound:
        findings.warnings.append(
            f"bindings.toml: no id of the account for {', '.join(installation.unbound)}; "
            "messages that would travel on them use another channel or become a phone call"
        )
    today = datetime.now(UTC).astimezone(clinic.timezone).date()
    findings.warnings += [
        f"Holidays of {year} are not known yet: weekends and the festivals we can compute are used"
        for year in unknown_years(today)
    ]
    findings.plans += [PlanTimeline(plan.title, tuple(_rows(plan))) for plan in installation.plans]


def _examine_words(installation: Installation, findings: Findings) -> None:
    """What the lexicon says of the templates. Not a problem of the start: a person decides about words."""
    if not installation.lexicon:
        findings.warnings.append("lexicon/: no files, so no wording is checked; take the shipped ones as a start")
        return
    files = len({entry.category for entry in installation.lexicon})
    words = sum(len(entry.words) for entry in installation.lexicon)
    findings.fine.append(f"Lexicon: {words} words in {files} files")
    quality = Quality(installation.lexicon)
    for template in installation.templates:
        cards = [card for card in (template.template_card, template.notice_card) if card is not None]
        shown = [(template.text, False), *((wording, True) for card in cards for wording in card.fields.values())]
        findings.warnings += dict.fromkeys(
            f"Template {template.key} says “{found.words}” ({found.severity.value}): {found.reason}。{found.instead}"
            for text, lock_screen in shown
            for found in quality.findings(text, purpose=template.purpose, lock_screen=lock_screen)
        )


def _rows(plan: CarePlan) -> Iterator[tuple[str, str, str, str, str]]:
    for step in plan.steps:
        yield step.key, _when(plan, step), step.template, step.purpose.value, f"{step.grace_hours:g} h"


def _when(plan: CarePlan, step: Step) -> str:
    hour = f" at {step.at:%H:%M}" if step.at is not None else ""
    who = "" if step.audience.value == "everyone" else f" ({step.audience.value} patients)"
    return f"{_distance(step.offset)} {plan.anchor}{hour}{who}"


def _distance(offset: Offset) -> str:
    if offset.window_days is not None:
        return f"days {offset.window_days[0]}–{offset.window_days[1]} after"
    for amount, unit in ((offset.hours, "hour"), (offset.days, "day"), (offset.months, "month")):
        if amount is not None and amount != 0:
            plural = "" if abs(amount) == 1 else "s"
            return f"{abs(amount):g} {unit}{plural} {'before' if amount < 0 else 'after'}"
    return "on the day of" if offset.days == 0 else "at the moment of"
