"""`.ci/audit` with recorded answers of pip-audit: it fails on a finding, and never calls silence a pass."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLEAN = {"name": "aiohttp", "version": "3.14.5", "vulns": []}
UNKNOWN = {"name": "attrs", "skip_reason": "Dependency not found on PyPI and could not be audited: attrs (26.1.0)"}
FOUND = {
    "name": "jinja2",
    "version": "2.4.1",
    "vulns": [
        {"id": "PYSEC-2021-66", "fix_versions": ["2.11.3"], "aliases": ["CVE-2020-28493"]},
        {"id": "PYSEC-0000-1", "fix_versions": [], "aliases": []},
    ],
}


def audited(folder: Path, says: str, code: int = 0, *, errors: str = "", sleeps: float = 0) -> Any:
    """What .ci/audit says where pip-audit says this."""
    tool = folder / "pip-audit"
    tool.write_text(
        f"#!{sys.executable}\nimport sys, time\ntime.sleep({sleeps})\n"
        f"sys.stdout.write({says!r})\nsys.stderr.write({errors!r})\nsys.exit({code})\n"
    )
    tool.chmod(0o755)
    return run(AUDIT_TOOL=str(tool), AUDIT_SECONDS="1" if sleeps else "60")


def run(**surroundings: str) -> Any:
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(ROOT / ".ci/audit")],
        env={**os.environ, **surroundings},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def answer(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": list(packages), "fixes": []})


def test_a_finding_fails_and_says_where_it_is_mended(tmp_path: Path) -> None:
    done = audited(tmp_path, answer(CLEAN, FOUND, UNKNOWN), 1)
    assert done.returncode == 1
    assert "jinja2 2.4.1: PYSEC-2021-66, mended in 2.11.3" in done.stderr
    assert "jinja2 2.4.1: PYSEC-0000-1, not mended yet" in done.stderr
    assert done.stdout == "not audited: the index knows nothing about attrs\n"


def test_packages_without_a_finding_pass(tmp_path: Path) -> None:
    done = audited(tmp_path, answer(CLEAN, CLEAN))
    assert (done.returncode, done.stdout) == (0, "Audited 2 packages: no known vulnerabilities.\n")


def test_an_index_that_knows_nothing_is_no_pass(tmp_path: Path) -> None:
    done = audited(tmp_path, answer(UNKNOWN, UNKNOWN), errors="No known vulnerabilities found")
    assert (done.returncode, done.stdout) == (0, "not audited: the index knows nothing about any of 2 packages\n")


@pytest.mark.parametrize(
    ("says", "errors", "why"),
    [
        ("", "ERROR:pip_audit._cli:Could not connect to the vulnerability feed\n", "Could not connect"),
        ("<html>", "", "pip-audit said nothing"),
        ("[]", "", "pip-audit said nothing"),
    ],
)
def test_no_answer_is_no_pass_and_no_failure(tmp_path: Path, says: str, errors: str, why: str) -> None:
    done = audited(tmp_path, says, 1, errors=errors)
    assert done.returncode == 0
    assert done.stdout.startswith("not audited: ")
    assert why in done.stdout


def test_an_audit_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    began = monotonic()
    done = audited(tmp_path, answer(CLEAN), sleeps=60)
    assert (done.returncode, done.stdout) == (0, "not audited: no answer within 1 s\n")
    assert monotonic() - began < 50


def test_a_missing_tool_is_said(tmp_path: Path) -> None:
    done = run(AUDIT_TOOL=str(tmp_path / "nowhere"))
    assert (done.returncode, done.stdout.startswith("not audited: pip-audit does not start")) == (0, True)


def test_make_check_audits() -> None:
    (recipe,) = re.findall(r"^check:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert "./.ci/audit" in recipe
