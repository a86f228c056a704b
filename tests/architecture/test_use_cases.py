"""What a member of staff does is noted by the use case, so that no page and no command can leave it out."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "wxbot"
EDGES = ("web", "commands")


def audit_entries(source: str) -> Iterator[int]:
    """The lines on which something is written into an audit trail: `….audit.record(…)`, `audit.record(…)`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr == "record":
            trail = node.value
            name = trail.attr if isinstance(trail, ast.Attribute) else trail.id if isinstance(trail, ast.Name) else ""
            if name.lstrip("_") == "audit":
                yield node.lineno


def test_no_page_and_no_command_writes_into_the_audit() -> None:
    modules = [path for edge in EDGES for path in (ROOT / edge).rglob("*.py")]
    assert len(modules) > 60
    found = [f"{path.relative_to(ROOT)}:{line}" for path in modules for line in audit_entries(path.read_text())]
    assert found == []


def test_an_entry_written_by_a_page_would_be_found() -> None:
    written = "async def page(services):\n    await services.audit.record('a:b', 'c:d')\n"
    assert list(audit_entries(written)) == [2]
    assert list(audit_entries((ROOT / "followups/service.py").read_text())) != []
