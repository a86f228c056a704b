"""Accounts and the audit from the command line."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.scenarios.conftest import Clinic, clinic, open_clinic
from tests.scenarios.test_operations import of, surroundings
from wxbot.actors import COMMAND_LINE, SYSTEM
from wxbot.cli import app

__all__ = ["clinic", "open_clinic"]

PASSWORD = "correct horse battery"


async def wxbot(folder: Path, clinic: Clinic, *words: str, typed: str = "") -> Result:
    """Run a command on that clinic's database, with something typed in."""

    def call() -> Result:
        with surroundings(folder, {f"WXBOT_{name}": value for name, value in of(clinic).items()}):
            return CliRunner().invoke(app, list(words), input=typed)

    return await asyncio.to_thread(call)


async def enters(clinic: Clinic, login: str, password: str) -> bool:
    """Whether they can sign in, and need not change the password first."""
    access, clock = clinic.app.services.staff.access, clinic.app.clock
    opened = await access.sign_in(login, password, now=clock.now(), real=clock.machine_now(), source="here")
    return not opened.account.must_change_password


async def test_the_first_administrator_is_made_from_the_command_line(clinic: Clinic, tmp_path: Path) -> None:
    nobody = await wxbot(tmp_path, clinic, "staff", "list")
    assert "Nobody yet" in nobody.output

    words = ("staff", "add", "Boss", "--name", "周院长", "--role", "admin")
    asked = await wxbot(tmp_path, clinic, *words, typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert (asked.exit_code, PASSWORD in asked.output) == (0, False)
    assert await enters(clinic, "boss", PASSWORD)
    listed = await wxbot(tmp_path, clinic, "staff", "list")
    assert "boss" in listed.output
    assert "周院长" in listed.output


@pytest.mark.parametrize(("login", "password"), [("taken", PASSWORD), ("boss", "short"), ("王", PASSWORD)])
async def test_an_account_that_cannot_be_is_refused_in_a_sentence(
    clinic: Clinic, tmp_path: Path, login: str, password: str
) -> None:
    words = ("staff", "add", "--name", "周", "--role", "admin", "--password-stdin")
    await wxbot(tmp_path, clinic, *words, "taken", typed=f"{PASSWORD}\n")
    refused = await wxbot(tmp_path, clinic, *words, login, typed=f"{password}\n")
    assert (refused.exit_code, refused.output.startswith("✗ ")) == (1, True)
    assert len(await clinic.rows("staff")) == 1


async def test_a_forgotten_password_is_reset(clinic: Clinic, tmp_path: Path) -> None:
    words = ("staff", "add", "boss", "--name", "周", "--role", "admin", "--password-stdin")
    await wxbot(tmp_path, clinic, *words, typed=f"{PASSWORD}\n")
    done = await wxbot(tmp_path, clinic, "staff", "reset", "boss", "--password-stdin", typed="another good one\n")
    assert done.exit_code == 0
    assert not await enters(clinic, "boss", "another good one")
    unknown = await wxbot(tmp_path, clinic, "staff", "reset", "nobody", "--password-stdin", typed="another good one\n")
    assert unknown.exit_code == 1


async def test_the_audit_is_proved_and_its_first_broken_entry_named(clinic: Clinic, tmp_path: Path) -> None:
    for login in ("one", "two", "three"):
        words = ("staff", "add", login, "--name", "周", "--role", "reception", "--password-stdin")
        await wxbot(tmp_path, clinic, *words, typed=f"{PASSWORD}\n")
    [newest, *_] = sorted(await clinic.rows("audit"), key=lambda row: -row["seq"])

    alone = await wxbot(tmp_path, clinic, "audit", "verify")
    assert (alone.exit_code, "Only the chain inside the database was checked" in alone.output) == (2, True)
    await wxbot(tmp_path, clinic, "job", "run", "anchor_audit")
    whole = await wxbot(tmp_path, clinic, "audit", "verify")
    assert (whole.exit_code, newest["hash"] in whole.output) == (0, True)
    assert "Checked against the anchor file: 1 days, 2026-11-23 to 2026-11-23" in whole.output

    number = newest["seq"] - 1
    await clinic.app.database.collection("audit").update_one({"seq": number}, {"$set": {"by": "staff:nobody"}})
    broken = await wxbot(tmp_path, clinic, "audit", "verify")
    assert broken.exit_code == 1
    assert f"entry {number} of 2026-11-23 is the first (edited)" in " ".join(broken.output.split())

    later = await wxbot(tmp_path, clinic, "audit", "verify", "--since", "2026-11-24")
    assert (later.exit_code, "0 entries" in later.output) == (0, True)


async def audited(clinic: Clinic, action: str) -> list[tuple[str, str]]:
    """Who did that, and to what."""
    return [(row["by"], row["subject"]) for row in await clinic.rows("audit") if row["action"] == action]


async def test_a_follow_up_closed_from_the_command_line_is_in_the_audit(clinic: Clinic, tmp_path: Path) -> None:
    now = clinic.now
    task = await clinic.app.services.followups.open(
        key="phone:1", kind="phone", reason="请致电", contact_id=None, patient_id=None, due_at=now, now=now
    )
    done = await wxbot(tmp_path, clinic, "close-followup", task.id, "已联系上")
    assert (done.exit_code, f"{task.id} is done" in done.output) == (0, True)
    assert await audited(clinic, "followup:closed") == [(COMMAND_LINE.by, f"followup:{task.id}")]
    again = await wxbot(tmp_path, clinic, "close-followup", task.id, "已联系上")
    assert again.exit_code == 1
    assert len(await audited(clinic, "followup:closed")) == 1


async def test_the_command_line_says_how_often_a_person_was_asked_for(clinic: Clinic, tmp_path: Path) -> None:
    openid = await clinic.person()
    for _ in range(3):
        await clinic.say(openid, "人工")
    listed = await wxbot(tmp_path, clinic, "followups")
    assert "已请求3次" in "".join(listed.output.split()).replace("│", "")


async def test_a_no_show_noted_from_the_command_line_is_in_the_audit(clinic: Clinic, tmp_path: Path) -> None:
    services = clinic.app.services
    patient = await services.records.create({"name": "王芳", "phone": "13800000001"}, by=COMMAND_LINE, now=clinic.now)
    kind = services.clinic.visit_types[0].id
    [day, *_] = await services.booking.days(kind, None, clinic.now)
    [slot, *_] = await services.booking.slots(kind, None, day.date, clinic.now)
    visit = await services.booking.book(
        request_key="desk:1",
        contact_id=None,
        patient_id=patient.id,
        visit_type_id=kind,
        practitioner_id=slot.practitioner_id,
        start=slot.start,
        by=SYSTEM,
        now=clinic.now,
    )
    early = await wxbot(tmp_path, clinic, "visit", "no-show", visit.id)
    assert early.exit_code == 1
    assert await audited(clinic, "appointment:missed") == []
    await clinic.app.database.collection("appointments").update_one(
        {"_id": visit.id}, {"$set": {"start": datetime(2026, 1, 5, 1, tzinfo=UTC)}}
    )
    done = await wxbot(tmp_path, clinic, "visit", "no-show", visit.id)
    assert (done.exit_code, "no_show" in done.output) == (0, True)
    assert await audited(clinic, "appointment:missed") == [(COMMAND_LINE.by, f"appointment:{visit.id}")]
