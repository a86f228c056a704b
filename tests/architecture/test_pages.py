"""The pages' sources: short lines, and one way to write what every page needs."""

import re
from pathlib import Path

from tests.every import every

ROOT = Path(__file__).parents[2]
CONSOLE = ROOT / "wxbot/web/console/pages"
PATIENT, SIMULATOR = ROOT / "wxbot/web/patient/pages", ROOT / "wxbot/simulator/pages"
PAGES = sorted(page for folder in (CONSOLE, PATIENT, SIMULATOR) for page in folder.rglob("*.html"))
LONGEST = 120
BY_HAND = {
    "the CSRF field": re.compile(r'name="csrf" value='),
    "a field's complaint": re.compile(r'class="invalid-feedback d-block">\s*\{\{ form\.errors'),
    "a tick": re.compile(r'class="form-check-input"'),
    "a badge": re.compile(r'class="mark '),
}


@every("page", PAGES, named=lambda page: page.relative_to(ROOT).as_posix())
def test_no_line_of_a_page_is_longer_than_a_screen(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    long = [number for number, line in enumerate(lines, 1) if len(line) > LONGEST]
    assert not long, f"lines over {LONGEST}: {long}"


def test_what_macros_write_no_page_writes_by_hand() -> None:
    found = {
        f"{page.relative_to(CONSOLE).as_posix()}: {what}"
        for page in CONSOLE.rglob("*.html")
        for what, written in BY_HAND.items()
        if page.name != "macros.html" and written.search(page.read_text(encoding="utf-8"))
    }
    assert not found


def test_a_patients_page_is_one_include_per_card() -> None:
    page = (CONSOLE / "patients/show.html").read_text(encoding="utf-8")
    assert 'class="card' not in page
    parts = re.findall(r'\{% include "\w+/_\w+\.html" %\}', page)
    assert len(parts) == page.count("{% include") > 1
