"""Bringing a version back leaves alone what a colleague is writing."""

from dataclasses import replace

from tests.conftest import ManualClock
from tests.store.test_templates import ANNA, BO, FIRST, Process, process
from wxbot.templates.records import Stage, content_of

__all__ = ["process"]


async def test_a_draft_survives_that_an_old_version_is_brought_back(clock: ManualClock, process: Process) -> None:
    kept = await process.approved("新", clock)
    await process.editor.publish("care.hello", by=ANNA, revision=kept.revision, now=clock.now())
    kept = await process.editor.get("care.hello", by=BO)
    written = replace(content_of(FIRST), text="小博正在写的话")
    kept = await process.editor.save("care.hello", written, by=BO, revision=kept.revision, now=clock.now())
    await process.editor.restore_version("care.hello", 1, by=ANNA, revision=kept.revision, now=clock.now())
    kept = await process.editor.get("care.hello", by=BO)
    assert (kept.stage, kept.draft and kept.draft.content.text) == (Stage.DRAFT, "小博正在写的话")
    assert process.text() == "{name}您好"
