"""The papers stay true: settings, collections, commands, rooms, layers and links are compared with the code."""

import re
import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from typer.main import get_command

from config.setting_problems import name_of
from config.settings import Settings
from jobs import JOBS
from tests.every import every
from wxbot.account.models import MenuDraft, MenuVersion, Scene
from wxbot.account.store import Refusal
from wxbot.audit.models import AnchorNote, Entry, Head
from wxbot.booking.models import Appointment
from wxbot.broadcasts.models import Broadcast, Recipient
from wxbot.care.plans.records import PlanRecord, PlanVersion
from wxbot.cli import app
from wxbot.conversations.escalation.promise_models import Promise
from wxbot.conversations.evaluation.report_models import Report
from wxbot.conversations.models import Agent, Episode
from wxbot.database import Index
from wxbot.dispatch.dialogs import DialogRecord
from wxbot.followups.attempt_models import Attempt
from wxbot.followups.models import FollowUp
from wxbot.followups.owner_models import PatientOwner
from wxbot.history.kinds import RULES
from wxbot.history.models import Interaction
from wxbot.media.models import Media
from wxbot.outbox.models import Message
from wxbot.patients.exports.models import Export
from wxbot.patients.imports.models import Import, Row
from wxbot.patients.models import Contact, Merge, Patient
from wxbot.staff.lockout import Tries
from wxbot.staff.models import Account, Session
from wxbot.stores import Stores
from wxbot.surveys.models import SurveyResponse
from wxbot.surveys.stores.sheets import ProducedSheet
from wxbot.templates.models import Binding
from wxbot.templates.records import TemplateRecord, Version

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
DATA_MODEL = (ROOT / "docs/data-model.md").read_text()
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()

KEPT_AS = {  # collections whose documents are a dataclass, field for field
    "survey_responses": SurveyResponse,
    "survey_sheets": ProducedSheet,
    "appointments": Appointment,
    "attempts": Attempt,
    "audit": Entry,
    "audit_anchors": AnchorNote,
    "audit_heads": Head,
    "contacts": Contact,
    "desk_agents": Agent,
    "desk_reports": Report,
    "dialogs": DialogRecord,
    "episodes": Episode,
    "care_plan_versions": PlanVersion,
    "care_plans": PlanRecord,
    "exports": Export,
    "followups": FollowUp,
    "import_rows": Row,
    "imports": Import,
    "interactions": Interaction,
    "media": Media,
    "merges": Merge,
    "menu_versions": MenuVersion,
    "menus": MenuDraft,
    "outbox": Message,
    "patient_owners": PatientOwner,
    "promises": Promise,
    "patients": Patient,
    "broadcast_recipients": Recipient,
    "broadcasts": Broadcast,
    "platform_refusals": Refusal,
    "template_bindings": Binding,
    "template_versions": Version,
    "templates": TemplateRecord,
    "sessions": Session,
    "staff": Account,
    "tries": Tries,
    "scenes": Scene,
}


# -- settings -----------------------------------------------------------------------------------------------------


def written(default: Any) -> str:
    """A default as example.env writes it."""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, Path):
        return "" if default.is_absolute() else str(default)
    if isinstance(default, ZoneInfo):
        return default.key
    if isinstance(default, timedelta):
        assert default == timedelta(0)
        return "PT0S"
    return str(default).lower() if isinstance(default, bool) else str(default)


def settings_rows() -> list[str]:
    """The README's table, one line per setting, in the order of config/settings.py."""
    rows = []
    for field, info in Settings.model_fields.items():
        default = written(info.default)
        shown = f"`{default}`" if default else ""
        rows.append(f"| `{name_of(field)}` | {shown} | {info.description} |".replace("  ", " "))
    return rows


def test_the_readme_lists_every_setting_with_its_default_and_help() -> None:
    assert [line for line in README.splitlines() if line.startswith("| `WXBOT_")] == settings_rows()


def test_the_example_file_names_every_setting_in_the_same_order() -> None:
    names = re.findall(r"^# (WXBOT_[A-Z_]+)=", (ROOT / "config/example.env").read_text(), re.MULTILINE)
    assert names == [name_of(field) for field in Settings.model_fields]


def test_no_paper_names_a_setting_that_does_not_exist() -> None:
    known = {name_of(field) for field in Settings.model_fields}
    name = re.compile(r"\bWXBOT_[A-Z_]+[A-Z]\b")
    named = {(paper.name, found) for paper in papers() for found in name.findall(paper.read_text())}
    assert {pair for pair in named if pair[1] not in known} == set()


# -- the data model -----------------------------------------------------------------------------------------------


def indexes() -> list[Index]:
    return [index for store in get_type_hints(Stores).values() for index in store.INDEXES]


def index_row(index: Index) -> str:
    """An index as docs/data-model.md writes it: keys, what it enforces or leaves out, the query it serves."""
    keys = ", ".join(f"`{name}` {'↑' if order > 0 else '↓'}" for name, order in index.keys)
    traits = ["unique"] if index.unique else []
    if index.partial is not None:
        traits.append("only where " + " and ".join(f"`{condition(*each)}`" for each in index.partial.items()))
    if index.ttl_seconds is not None:
        traits.append(f"deleted {index.ttl_seconds} s after")
    return f"| {keys} | {'; '.join(traits)} | {index.serves} |".replace("  ", " ")


def condition(field: str, value: Any) -> str:
    if not isinstance(value, dict):
        return f"{field} = {str(value).lower() if isinstance(value, bool) else value}"
    (operator, operand), *_ = value.items()
    one_of = ", ".join(operand) if isinstance(operand, list) else ""
    return {
        "$gt": f"{field} is not empty",
        "$type": f"{field} is a {operand}",
        "$in": f"{field} is one of {one_of}",
    }[operator]


def sections() -> dict[str, str]:
    """The collections of docs/data-model.md: name → text."""
    parts = re.split(r"^## `([a-z_]+)`$", DATA_MODEL, flags=re.MULTILINE)
    return {name: text.split("\n## ")[0] for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def store_modules() -> list[Path]:
    """Every module that may know the driver: a room's `store.py`, or the modules of its `stores/`."""
    rooms = ROOT / "wxbot"
    return sorted([*rooms.rglob("store.py"), *rooms.rglob("stores/*.py")])


def collections() -> set[str]:
    """Every collection that a store opens."""
    found = set()
    constant = re.compile(r'^([A-Z_]+) = "([a-z_]+)"$', re.MULTILINE)
    sources = [path.read_text() for path in store_modules()]
    shared = dict(pair for source in sources for pair in constant.findall(source))  # a store may import a name
    for source in sources:
        constants = {**shared, **dict(constant.findall(source))}
        for name in re.findall(r"\.collection\((\w+|\"[a-z_]+\")\)", source):
            found.add(name.strip('"') if name.startswith('"') else constants[name])
    return found


def test_the_data_model_describes_every_collection_and_no_other() -> None:
    assert set(sections()) == collections()


@every("name", sorted(collections()))
def test_the_data_model_lists_every_index_with_the_query_it_serves(name: str) -> None:
    expected = [index_row(index) for index in indexes() if index.collection == name]
    lines = sections()[name].splitlines()
    assert [line for line in lines if re.match(r"\| `[\w.]+` [↑↓]", line)] == expected


@every("name", sorted(KEPT_AS))
def test_the_data_model_lists_every_field(name: str) -> None:
    cells = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", sections()[name], re.MULTILINE)
    described = {field for cell in cells for field in re.findall(r"`(\w+)`", cell)}
    expected = {"_id" if field.name == "id" else field.name for field in fields(KEPT_AS[name])}
    assert expected - described == set()


def test_the_data_model_names_every_kind_of_line_with_its_rule_of_erasure() -> None:
    rows = dict(re.findall(r"^\| `(\w+:\w+)` \|.*\| (\w+) \|$", DATA_MODEL, re.MULTILINE))
    assert rows == {kind.value: rule.erasure.value for kind, rule in RULES.items()}


# -- commands, jobs, rooms ------------------------------------------------------------------------------------------


def commands(group: Any, words: Sequence[str] = ("wxbot",)) -> Iterator[str]:
    below: dict[str, Any] = getattr(group, "commands", {})
    if not below:
        yield " ".join(words)
    for name, command in below.items():
        yield from commands(command, (*words, name))


def test_the_readme_names_every_command() -> None:
    listed = re.findall(r"^\| `(wxbot(?: [a-z][a-z-]*)+)", README, re.MULTILINE)
    assert sorted(listed) == sorted(commands(get_command(app)))


def test_the_architecture_names_every_job_and_its_rhythm() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (\d+) s \| (one|every) process \|", ARCHITECTURE, re.MULTILINE)
    expected = [(job.name, str(int(job.every.total_seconds())), "one" if job.alone else "every") for job in JOBS]
    assert rows == expected


def rooms() -> set[str]:
    """The packages inside wxbot/."""
    return {path.parent.name for path in (ROOT / "wxbot").glob("*/__init__.py")}


def test_the_architecture_describes_every_room() -> None:
    described = set(re.findall(r"^\| `([a-z_]+)/` \|", ARCHITECTURE, re.MULTILINE))
    assert described == rooms() | {"handlers", "jobs", "config"}


def folders_of_tests() -> set[str]:
    """The folders right below tests/."""
    inside = (path.relative_to(ROOT / "tests").parts for path in tracked() if ROOT / "tests" in path.parents)
    return {parts[0] for parts in inside if len(parts) > 1}


def test_contributing_says_what_every_folder_of_tests_holds() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    assert set(re.findall(r"^\| `tests/([a-z_]+)/` \|", contributing, re.MULTILINE)) == folders_of_tests()


def test_the_readme_names_every_folder_of_tests() -> None:
    (listed,) = re.findall(r"^tests/ +(.+)$", README, re.MULTILINE)
    assert set(listed.split(" · ")) == folders_of_tests()


def layers() -> list[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    named = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [name.strip() for layer in named for name in layer.split("|")]


def test_the_layers_of_the_house_name_every_room_there_is() -> None:
    inside = {name.removeprefix("wxbot.") for name in layers() if name.startswith("wxbot.")}
    assert {name for name in inside if not (ROOT / "wxbot" / f"{name}.py").is_file()} == rooms()
    assert {name for name in layers() if "." not in name} == {"handlers", "jobs"}


# -- links, and what must not be in the repository ------------------------------------------------------------------


def tracked() -> list[Path]:
    """Every file of the repository, new ones included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 - git is where it is
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def papers() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


def anchors(paper: Path) -> set[str]:
    """The headings of a paper as the addresses that links use."""
    text = re.sub(r"^```.*?^```", "", paper.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_between_papers_lead_somewhere() -> None:
    broken = []
    for paper in papers():
        for link in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", paper.read_text()):
            address = link[0] or link[1]
            if re.match(r"[a-z]+:", address):
                continue
            path, _, anchor = address.partition("#")
            target = (paper.parent / path).resolve() if path else paper
            if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
                broken.append(f"{paper.relative_to(ROOT)}: {address}")
    assert broken == []


def test_no_file_names_a_folder_of_somebodys_machine_or_a_package_index() -> None:
    machine = ["/" + folder + "/" for folder in ("work", "home", "root", "Users")]
    hosts = ["py" + "pi.org", "python" + "hosted", "npm" + "js.", "reg" + "istry.", "mir" + "rors.", "/sim" + "ple/"]
    unwanted = re.compile("|".join(re.escape(each) for each in machine + hosts) + r"|index-" + r"url[ =]https?:")
    found = []
    for path in tracked():
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue  # a picture
        found += [f"{path.relative_to(ROOT)}:{number}" for number, line in enumerate(lines, 1) if unwanted.search(line)]
    assert found == []


def test_pictures_are_small_enough_to_be_carried_along() -> None:
    pictures = sorted((ROOT / "docs/pictures").glob("*.png"))
    shown = re.findall(r"\]\(docs/pictures/([^)]+)\)", README + (ROOT / "README.zh-CN.md").read_text())
    assert [path.name for path in pictures] == sorted(set(shown))
    assert [path.name for path in pictures if path.stat().st_size >= 150_000] == []
