"""Where imports, their staged rows and the mappings of headers are kept."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, ReturnDocument, UpdateOne

from wxbot.database import Database, Document, Index, Mapper
from wxbot.due_work import Due
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.patients.imports.models import WORKING, Choice, Import, ImportId, ImportState, Preset, Row, Undone, Verdict
from wxbot.patients.stores.encrypted import CopiesCipher

IMPORTS = "imports"
ROWS = "import_rows"
PRESETS = "import_presets"
MOST_MISTAKES = 20  # kinds of them named, the most frequent
STAGED_AT_ONCE = 1_000  # rows per write
_FIXED = frozenset(
    {"_id", "import_id", "sheet", "number", "cells", "forget_at", "hidden"}
)  # of a row, once it is staged
_WORK = [("state", ASCENDING), ("lease_until", ASCENDING)]


class ImportStore:
    """The collections `imports`, `import_rows` and `import_presets`."""

    INDEXES: Sequence[Index] = (
        Index(collection=IMPORTS, keys=[("created_at", DESCENDING)], serves="the list of imports, newest first"),
        Index(
            collection=IMPORTS,
            keys=_WORK,
            serves="what the background has to do, and nobody is doing",
        ),
        Index(
            collection=ROWS,
            keys=[("import_id", ASCENDING), ("sheet", ASCENDING), ("verdict", ASCENDING), ("number", ASCENDING)],
            serves="an import's rows of one verdict in order, and how many of each there are",
        ),
        Index(
            collection=ROWS,
            keys=[("import_id", ASCENDING), ("sheet", ASCENDING), ("doubtful", ASCENDING), ("number", ASCENDING)],
            serves="an import's rows that went in and are to be checked, in order",
            partial={"doubtful": True},
        ),
        Index(
            collection=ROWS,
            keys=[("import_id", ASCENDING), ("undone", ASCENDING), ("number", ASCENDING)],
            serves="what undoing an import did, row by row",
            partial={"undone": {"$gt": ""}},
        ),
        Index(
            collection=ROWS,
            keys=[("forget_at", ASCENDING)],
            serves="forgetting staged rows, which repeat the file",
            ttl_seconds=0,
        ),
    )

    DUE: Sequence[Due] = (
        Due(jobs=("run_imports",), collection=IMPORTS, query=lambda _, machine_now: _free(machine_now), order=_WORK),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._imports = database.collection(IMPORTS)
        self._rows = database.collection(ROWS)
        self._presets = database.collection(PRESETS)
        it = DocumentCipher(keys, IMPORTS, ["filename"])  # some are called by a telephone
        self._import = EncryptedMapper(Import, it)
        cipher = CopiesCipher(keys, ROWS, ("before", "after"), ("cells.*", "problems.*.column", "problems.*.value"))
        self._row = EncryptedMapper(Row, cipher)
        self.ciphers: Sequence[DocumentCipher] = (it, cipher)
        self._preset = Mapper(Preset)

    # -- imports ---------------------------------------------------------------------------------------------

    async def insert(self, new: Import) -> None:
        """Keep a new import; its rows are staged before."""
        await self._imports.insert_one(self._import.document(new))

    async def get(self, import_id: ImportId) -> Import | None:
        """One import."""
        found = await self._imports.find_one({"_id": import_id})
        return None if found is None else self._import.thing(found)

    async def newest(self, *, before: datetime | None, limit: int) -> list[Import]:
        """Imports, newest first."""
        query: Document = {} if before is None else {"created_at": {"$lt": before}}
        rows = await self._imports.find(query).sort("created_at", DESCENDING).to_list(limit)
        return [self._import.thing(row) for row in rows]

    async def replace(self, before: Import, after: Import) -> bool:
        """Write `after` where `before` still stands; False when somebody changed it meanwhile."""
        result = await self._imports.replace_one(
            {"_id": before.id, "revision": before.revision}, self._import.document(after)
        )
        return bool(result.matched_count)

    async def delete(self, it: Import) -> bool:
        """Remove an import that still stands, and its rows; False when somebody changed it meanwhile."""
        result = await self._imports.delete_one({"_id": it.id, "revision": it.revision})
        if result.deleted_count:
            await self._rows.delete_many({"import_id": it.id})
        return bool(result.deleted_count)

    async def forget_rows(self, import_id: ImportId) -> None:
        """Remove the rows of a file that is no import."""
        await self._rows.delete_many({"import_id": import_id})

    async def claim(self, machine_now: datetime, until: datetime) -> Import | None:
        """Take an import that has work to do and no living worker."""
        found = await self._imports.find_one_and_update(
            _free(machine_now),
            {"$set": {"lease_until": until}},
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else self._import.thing(found)

    async def advance(self, it: Import, progress: int, lease_until: datetime) -> None:
        """Note how far the present work has come, and that its worker lives."""
        await self._imports.update_one(
            {"_id": it.id, "state": it.state.value}, {"$set": {"progress": progress, "lease_until": lease_until}}
        )

    async def let_go(self, it: Import) -> None:
        """Release the work, for the next worker."""
        await self._imports.update_one({"_id": it.id, "state": it.state.value}, {"$set": {"lease_until": None}})

    async def finish(self, it: Import, state: ImportState, changes: Mapping[str, Any]) -> None:
        """End the present work; a second worker that ends it as well changes nothing."""
        await self._imports.update_one(
            {"_id": it.id, "state": it.state.value},
            {
                "$set": {**changes, "state": state.value, "progress": it.total, "lease_until": None},
                "$inc": {"revision": 1},
            },
        )

    # -- rows ------------------------------------------------------------------------------------------------

    async def stage(self, rows: Sequence[Row]) -> None:
        """Keep rows of a new import."""
        for start in range(0, len(rows), STAGED_AT_ONCE):
            part = rows[start : start + STAGED_AT_ONCE]
            await self._rows.insert_many(await self._row.documents(part), ordered=False)

    async def rows(self, import_id: ImportId, sheet: int, *, after: int, limit: int) -> list[Row]:
        """A sheet's rows below a line, in order."""
        query = {"_id": {"$gt": row_id(import_id, sheet, after), "$lt": row_id(import_id, sheet + 1, 0)}}
        return await self._found(query, limit, ASCENDING)

    async def header(self, import_id: ImportId, choice: Choice) -> tuple[str, ...]:
        """The cells of the header row that was chosen."""
        found = await self.rows(import_id, choice.sheet, after=choice.header_row - 1, limit=1)
        return found[0].cells if found else ()

    async def unfinished(self, import_id: ImportId, sheet: int, *, after: int, limit: int) -> list[Row]:
        """A sheet's rows below a line that are not through yet, in order."""
        query = {
            "_id": {"$gt": row_id(import_id, sheet, after), "$lt": row_id(import_id, sheet + 1, 0)},
            "done": False,
        }
        return await self._found(query, limit, ASCENDING)

    async def undoable(self, import_id: ImportId, sheet: int, *, before: int, limit: int) -> list[Row]:
        """A sheet's rows above a line that wrote something and are not undone, the last one first."""
        query = {
            "_id": {"$gt": row_id(import_id, sheet, 0), "$lt": row_id(import_id, sheet, before)},
            "planned": True,
            "undone": None,
        }
        return await self._found(query, limit, DESCENDING)

    async def judged(
        self, import_id: ImportId, sheet: int, verdicts: Collection[Verdict], *, after: int, limit: int
    ) -> list[Row]:
        """A sheet's rows of those verdicts, and those that are doubtful, below a line, in order."""
        of_sheet = {"import_id": import_id, "sheet": sheet, "number": {"$gt": after}}
        judged = {"verdict": {"$in": [verdict.value for verdict in verdicts]}}
        query: Document = {"$or": [{**of_sheet, **judged}, {**of_sheet, "doubtful": True}]}
        return await self._row.things(await self._rows.find(query).sort("number", ASCENDING).to_list(limit))

    async def left_alone(self, import_id: ImportId, *, after: int, limit: int) -> list[Row]:
        """The rows that undoing left alone, in order."""
        query: Document = {"import_id": import_id, "undone": Undone.KEPT.value, "number": {"$gt": after}}
        found = await self._rows.find(query).sort("number", ASCENDING).to_list(limit)
        return [self._row.thing(row) for row in found]

    async def save(self, rows: Sequence[Row]) -> None:
        """Write what rows have come to; what was staged stays as it is."""
        if not rows:
            return
        changes = [
            UpdateOne({"_id": row["_id"]}, {"$set": {name: row[name] for name in row if name not in _FIXED}})
            for row in await self._row.documents(rows)
        ]
        await self._rows.bulk_write(changes, ordered=False)

    async def mark(self, rows: Sequence[Row]) -> None:
        """Write that rows are through or undone; all else of them stands already."""
        if not rows:
            return
        marks = [
            UpdateOne({"_id": row.id}, {"$set": {"done": row.done, "undone": row.undone, "remark": row.remark}})
            for row in rows
        ]
        await self._rows.bulk_write(marks, ordered=False)

    async def count_data(self, import_id: ImportId, sheet: int, header_row: int) -> int:
        """How many rows stand below the header; at most a sheet's 20,000 and some."""
        query = {"_id": {"$gt": row_id(import_id, sheet, header_row), "$lt": row_id(import_id, sheet + 1, 0)}}
        return int(await self._rows.count_documents(query))

    async def count_by(self, import_id: ImportId, sheet: int, field: str) -> dict[str, int]:
        """How many rows of a sheet have which `verdict` or `undone`."""
        steps: list[Document] = [
            {"$match": {"import_id": import_id, "sheet": sheet, field: {"$gt": ""}}},
            {"$group": {"_id": f"${field}", "count": {"$sum": 1}}},
        ]
        return {row["_id"]: int(row["count"]) async for row in self._rows.aggregate(steps)}

    async def mistakes(self, import_id: ImportId, sheet: int) -> list[Document]:
        """What is wrong with a sheet's rows, the most frequent first, as an import's document keeps it."""
        steps: list[Document] = [
            {"$match": {"import_id": import_id, "sheet": sheet, "verdict": {"$gt": ""}}},
            {"$project": {"problems.field": 1, "problems.wrong": 1}},
            {"$unwind": "$problems"},
            {"$group": {"_id": {"field": "$problems.field", "wrong": "$problems.wrong"}, "cells": {"$sum": 1}}},
            {"$sort": {"cells": DESCENDING, "_id.wrong": ASCENDING}},
            {"$limit": MOST_MISTAKES},
        ]
        found = self._rows.aggregate(steps)
        return [
            {"field": row["_id"].get("field"), "wrong": row["_id"]["wrong"], "cells": row["cells"]}
            async for row in found
        ]

    async def start_over(self, import_id: ImportId) -> None:
        """Forget what an earlier dry run said of the rows."""
        blank: Document = {"verdict": None, "problems": [], "doubtful": False, "remark": "", "patient_id": None}
        await self._rows.update_many({"import_id": import_id, "verdict": {"$gt": ""}}, {"$set": blank})

    async def keep_until(self, import_id: ImportId, forget_at: datetime) -> None:
        """Let rows stay for as long as they are needed to undo."""
        await self._rows.update_many({"import_id": import_id}, {"$set": {"forget_at": forget_at}})

    # -- how headers were mapped -----------------------------------------------------------------------------

    async def preset(self, signature: str) -> Preset | None:
        """How columns with these names were mapped the last time."""
        found = await self._presets.find_one({"_id": signature})
        return None if found is None else self._preset.thing(found)

    async def keep_preset(self, preset: Preset) -> None:
        """Remember a mapping."""
        await self._presets.replace_one({"_id": preset.id}, self._preset.document(preset), upsert=True)

    async def _found(self, query: Document, limit: int, order: int) -> list[Row]:
        return await self._row.things(await self._rows.find(query).sort("_id", order).to_list(limit))


def row_id(import_id: ImportId, sheet: int, number: int) -> str:
    """A row's id: sorts by import, sheet and line. A sheet has at most 1,048,576 lines."""
    return f"{import_id}/{sheet:02d}/{number:07d}"


def _free(machine_now: datetime) -> Document:
    """Imports with work to do and no living worker."""
    return {"state": {"$in": [state.value for state in WORKING]}, "lease_until": {"$not": {"$gt": machine_now}}}
