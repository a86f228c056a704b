"""Files read by a process of its own: plain rows for honest ones, a sentence within the limits for hostile ones."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest

from tests.workbooks import BOOK, EMPTY_CELLS, SHEET, STYLES, before, changed, honest, with_noise
from wxbot.spreadsheets import reader, reading_process
from wxbot.spreadsheets.archive import BROKEN, TOO_EMPTY, TOO_LARGE
from wxbot.spreadsheets.errors import UploadRefusedError
from wxbot.spreadsheets.reader import BUSY, SheetHead, SheetRows, UploadReader
from wxbot.spreadsheets.reading_process import TOO_MUCH_WORK

PATIENCE = 120.0  # seconds that a busy machine may take


@dataclass
class Read:
    """What came of a file."""

    heads: list[SheetHead]
    rows: list[tuple[int, tuple[str, ...]]]


async def read(path: Path, filename: str = "名单.xlsx", by: UploadReader | None = None) -> Read:
    found = Read([], [])
    async with asyncio.timeout(PATIENCE), (by or UploadReader()).read(path, filename) as pieces:
        async for piece in pieces:
            if isinstance(piece, SheetRows):
                found.rows.extend(piece.rows)
            else:
                found.heads.append(piece)
    return found


async def refusal(path: Path, filename: str = "名单.xlsx") -> str:
    with pytest.raises(UploadRefusedError) as refused:
        await read(path, filename)
    return refused.value.sentence


async def test_an_honest_file_comes_as_rows_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(honest(3))
    found = await read(path)
    assert found.heads == [SheetHead("名单", hidden=False, too_long=False)]
    assert found.rows == [(line, (f"第{line - 1}行0", f"第{line - 1}行1")) for line in (1, 2, 3)]


async def test_a_delimited_file_is_read_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes("姓名,手机\n张小满,13800138000\n".encode("gb18030"))
    found = await read(path, "名单.csv")
    assert found.rows == [(1, ("姓名", "手机")), (2, ("张小满", "13800138000"))]


async def test_the_longest_and_widest_list_is_within_the_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within those of its own work and memory; how long it is waited for depends on what else the machine does."""
    monkeypatch.setattr(reader, "READ_SECONDS", PATIENCE)
    path = tmp_path / "upload"
    path.write_bytes(honest(20_000, 20))
    found = await read(path)
    assert len(found.rows) == 20_000
    assert found.rows[-1][1][-1] == "第19999行19"


async def test_a_list_formatted_down_to_the_last_line_of_a_sheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(changed(SHEET, before(b"</sheetData>", b'<row r="1048576"><c r="A1048576"/></row>')))
    assert [line for line, _ in (await read(path)).rows] == [1, 2]


REPEATED = 1_500_000
MERGES = b"<mergeCells>" + b'<mergeCell ref="A1:B2"/>' * 1_000_000 + b"</mergeCells>"
HOSTILE = {
    "styles": (STYLES, before(b"</cellXfs>", b"<xf/>" * REPEATED), TOO_EMPTY),
    "names": (
        BOOK,
        before(b"</workbook>", b"<definedNames>" + b'<definedName name="a">1</definedName>' * 500_000),
        TOO_EMPTY,
    ),
    "cells": (SHEET, before(b"</sheetData>", (b"<row>" + b"<c/>" * 100_000 + b"</row>") * 200), TOO_EMPTY),
    "merged": (SHEET, before(b"</worksheet>", MERGES), TOO_EMPTY),
    "deep": (SHEET, before(b"<sheetData>", b"<a>" * 2_000_000 + b"</a>" * 2_000_000), TOO_EMPTY),
    "bomb": (SHEET, before(b"</worksheet>", b" " * 200_000_000), TOO_LARGE),
    "laughs": (
        BOOK,
        lambda data: data.replace(b"<workbook", b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><workbook', 1),
        BROKEN,
    ),
    "torn": (SHEET, lambda data: data[: len(data) // 2], BROKEN),
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_hostile_workbook_ends_with_a_sentence(tmp_path: Path, kind: str) -> None:
    part, change, sentence = HOSTILE[kind]
    path = tmp_path / "upload"
    path.write_bytes(changed(part, change))
    assert path.stat().st_size < 400_000
    assert await refusal(path) == sentence


async def test_many_styles_are_refused_in_a_large_file_too(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(with_noise(b"<xf/>" * REPEATED, STYLES, b"</cellXfs>"))
    assert await refusal(path) == TOO_EMPTY


async def test_what_takes_too_long_is_ended_by_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "upload"
    path.write_bytes(with_noise(EMPTY_CELLS))
    limited(monkeypatch, tmp_path, CPU_SECONDS=2)
    assert await refusal(path) == TOO_MUCH_WORK


async def test_what_takes_too_much_memory_is_ended_by_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "upload"
    path.write_bytes(with_noise(MERGES, end=b"</worksheet>"))
    limited(monkeypatch, tmp_path, MEMORY_BYTES=256 * 1024 * 1024)
    assert await refusal(path) in {TOO_MUCH_WORK, BROKEN}


async def test_what_is_not_read_in_time_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "upload"
    path.write_bytes(honest())
    monkeypatch.setattr(reader, "READ_SECONDS", 0.0)
    assert await refusal(path) == TOO_MUCH_WORK


def limited(monkeypatch: pytest.MonkeyPatch, folder: Path, **limits: int) -> None:
    """Read under other limits."""
    lines = [f"from {reading_process.__name__} import main", f"import {reading_process.__name__} as it"]
    lines += [f"it.{name} = {value}" for name, value in limits.items()]
    assert all(hasattr(reading_process, name) for name in limits)
    (folder / "narrower.py").write_text("\n".join([*lines, "main()"]))
    monkeypatch.setattr(reader, "MODULE", "narrower")
    monkeypatch.setattr(reader, "_IMPORTED_FROM", [str(folder), *reader._IMPORTED_FROM])


async def test_files_are_read_one_at_a_time_and_a_long_line_is_told_to_come_again(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(honest(5_000))
    one, running, most = UploadReader(), 0, 0

    async def ask() -> str:
        nonlocal running, most
        try:
            async with one.read(path, "名单.xlsx") as pieces:
                running += 1
                most = max(most, running)
                async for _ in pieces:
                    pass
                running -= 1
        except UploadRefusedError as error:
            return error.sentence
        return "read"

    async with asyncio.timeout(PATIENCE):
        answers = await asyncio.gather(*(ask() for _ in range(8)))
    assert sorted(answers) == sorted(["read"] * 4 + [BUSY] * 4)
    assert most == 1


async def test_whoever_goes_away_takes_the_process_along(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(honest(20_000, 20))
    one = UploadReader()
    begun = asyncio.Event()

    async def ask() -> None:
        async with one.read(path, "名单.xlsx") as pieces:
            begun.set()
            async for _ in pieces:
                pass

    task = asyncio.create_task(ask())
    async with asyncio.timeout(PATIENCE):
        await begun.wait()
        began = monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert monotonic() - began < 5.0
    path.write_bytes(honest())
    assert (await read(path, by=one)).rows  # and the next one has its turn
