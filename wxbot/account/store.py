"""Where the menu's draft and versions, the scene codes and the platform's refusals are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, UpdateOne

from wxbot.account.models import MenuDraft, MenuVersion, Newcomer, Scene, ScenePurpose
from wxbot.database import Database, Document, DuplicateKeyError, Index, Mapper
from wxbot.errors import NotFoundError, StaleError

MENUS = "menus"
MENU_VERSIONS = "menu_versions"
SCENES = "scenes"
REFUSALS = "platform_refusals"
DRAFT = "draft"  # the id of the one menu being worked on
COUNTED = 200  # pushes remembered per code: one comes again within seconds or, after a crash, minutes
NEWCOMERS = 20  # shown beside a code
REFUSALS_KEPT_SECONDS = 7 * 24 * 3600  # the page shows two days


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """How often one call was answered with one code within an hour."""

    id: str  # hour, path and code
    hour: datetime
    path: str
    code: int
    times: int
    last_at: datetime


class AccountStore:
    """The collections `menus`, `menu_versions`, `scenes` and `platform_refusals`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=MENU_VERSIONS,
            keys=[("number", DESCENDING)],
            unique=True,
            serves="the latest versions, newest first; a number is given once",
        ),
        Index(
            collection=SCENES,
            keys=[("request", ASCENDING)],
            unique=True,
            serves="the same form sent twice makes one code",
        ),
        Index(
            collection=SCENES,
            keys=[("scene", ASCENDING)],
            unique=True,
            serves="which code was scanned",
        ),
        Index(
            collection=SCENES,
            keys=[("archived", ASCENDING), ("at", DESCENDING)],
            serves="the list of codes, newest first, put away ones apart",
        ),
        Index(
            collection=REFUSALS,
            keys=[("hour", ASCENDING)],
            serves="what the platform refused in the last two days; forgetting older ones",
            ttl_seconds=REFUSALS_KEPT_SECONDS,
        ),
    )

    def __init__(self, database: Database) -> None:
        self._menus = database.collection(MENUS)
        self._versions = database.collection(MENU_VERSIONS)
        self._scenes = database.collection(SCENES)
        self._refusals = database.collection(REFUSALS)
        self._draft = Mapper(MenuDraft)
        self._version = Mapper(MenuVersion)
        self._scene = Mapper(Scene)
        self._newcomer = Mapper(Newcomer)
        self._refusal = Mapper(Refusal)

    # -- the menu ------------------------------------------------------------------------------------------

    async def draft(self) -> MenuDraft | None:
        """The menu being worked on, if anybody has touched it."""
        row = await self._menus.find_one({"_id": DRAFT})
        return None if row is None else self._draft.thing(row)

    async def save_draft(self, draft: MenuDraft) -> MenuDraft:
        """Keep a draft that was read at `draft.revision`. Raises StaleError when somebody was quicker."""
        saved = replace(draft, id=DRAFT, revision=draft.revision + 1)
        document = self._draft.document(saved)
        if draft.revision == 0:
            try:
                await self._menus.insert_one(document)
            except DuplicateKeyError:
                raise StaleError("the menu was edited meanwhile") from None
            return saved
        result = await self._menus.replace_one({"_id": DRAFT, "revision": draft.revision}, document)
        if not result.matched_count:
            raise StaleError("the menu was edited meanwhile")
        return saved

    async def add_version(self, version: MenuVersion) -> MenuVersion:
        """Note a menu that is about to be sent, under the next free number; the one there is when it is known."""
        number = version.number
        while True:
            numbered = replace(version, number=number)
            try:
                await self._versions.insert_one(self._version.document(numbered))
            except DuplicateKeyError:
                row = await self._versions.find_one({"_id": version.id})
                if row is not None:
                    return self._version.thing(row)
                number += 1  # another one was sent in the same moment
            else:
                return numbered

    async def mark_pushed(self, version_id: str, at: datetime) -> None:
        """The platform has taken it."""
        await self._versions.update_one({"_id": version_id}, {"$set": {"pushed_at": at}})

    async def versions(self, limit: int) -> list[MenuVersion]:
        """The latest versions, newest first."""
        rows = await self._versions.find({}).sort("number", DESCENDING).to_list(limit)
        return [self._version.thing(row) for row in rows]

    async def version(self, number: int) -> MenuVersion:
        """One version. Raises NotFoundError."""
        row = await self._versions.find_one({"number": number})
        if row is None:
            raise NotFoundError(f"no menu version {number}")
        return self._version.thing(row)

    # -- scene codes ---------------------------------------------------------------------------------------

    async def add_scene(self, scene: Scene) -> Scene:
        """Keep a new code; the one there is already when its form was sent before."""
        try:
            await self._scenes.insert_one(self._scene.document(scene))
        except DuplicateKeyError:
            row = await self._scenes.find_one({"request": scene.request})
            if row is None:
                raise
            return self._scene.thing(row)
        return scene

    async def scene(self, scene_id: str) -> Scene:
        """One code. Raises NotFoundError."""
        row = await self._scenes.find_one({"_id": scene_id})
        if row is None:
            raise NotFoundError(f"no scene {scene_id}")
        return self._scene.thing(row)

    async def scene_label(self, scene: str) -> str:
        """What the code of that scene is called; empty for one that is none of ours."""
        row = await self._scenes.find_one({"scene": scene}, {"label": 1})
        return str(row["label"]) if row is not None else ""

    async def scene_purpose(self, scene: str) -> ScenePurpose | None:
        """What the code of that scene is for; None for one that is none of ours."""
        row = await self._scenes.find_one({"scene": scene}, {"purpose": 1})
        return ScenePurpose(row["purpose"]) if row else None

    async def scenes(self, *, archived: bool, before: datetime | None, limit: int) -> list[Scene]:
        """Codes, newest first, made before `before`."""
        query: Document = {"archived": archived}
        if before is not None:
            query["at"] = {"$lt": before}
        rows = await self._scenes.find(query).sort("at", DESCENDING).to_list(limit)
        return [self._scene.thing(row) for row in rows]

    async def give_code(self, scene_id: str, *, ticket: str, url: str, expires_at: datetime | None) -> Scene:
        """The platform has made the code."""
        change = {"ticket": ticket, "url": url, "expires_at": expires_at}
        await self._scenes.update_one({"_id": scene_id}, {"$set": change})
        return await self.scene(scene_id)

    async def edit_scene(self, scene_id: str, revision: int, *, label: str, archived: bool) -> Scene:
        """Change label and place. Raises NotFoundError, and StaleError when somebody was quicker."""
        result = await self._scenes.update_one(
            {"_id": scene_id, "revision": revision},
            {"$set": {"label": label, "archived": archived}, "$inc": {"revision": 1}},
        )
        found = await self.scene(scene_id)
        if not result.matched_count:
            raise StaleError("the code was edited meanwhile")
        return found

    async def count_scan(self, scene: str, push: str, *, at: datetime, newcomer: Newcomer | None) -> bool:
        """Count one scan, once per push; False for a scene that is not ours or a push already counted.

        One write: counter and memory of the push change together or not at all.
        """
        added: Document = {"counted": {"$each": [push], "$position": 0, "$slice": COUNTED}}
        if newcomer is not None:
            row = self._newcomer.document(newcomer)
            added["newcomers"] = {"$each": [row], "$position": 0, "$slice": NEWCOMERS}
        result = await self._scenes.update_one(
            {"scene": scene, "counted": {"$ne": push}},
            {
                "$inc": {"scans": 1, "followers": int(newcomer is not None)},
                "$max": {"last_scan_at": at},
                "$push": added,
            },
        )
        return bool(result.modified_count)

    # -- what the platform refused -------------------------------------------------------------------------

    async def add_refusals(self, tally: Mapping[tuple[datetime, str, int], int], last_at: datetime) -> None:
        """Add to the counts per hour, path and code."""
        changes = [
            UpdateOne(
                {"_id": f"{hour:%Y%m%d%H}:{path}:{code}"},
                {
                    "$setOnInsert": {"hour": hour, "path": path, "code": code},
                    "$inc": {"times": times},
                    "$max": {"last_at": last_at},
                },
                upsert=True,
            )
            for (hour, path, code), times in tally.items()
        ]
        if changes:
            await self._refusals.bulk_write(changes, ordered=False)

    async def refusals(self, since: datetime, limit: int) -> list[Refusal]:
        """What was refused since that hour, newest first."""
        rows = await self._refusals.find({"hour": {"$gte": since}}).sort("hour", DESCENDING).to_list(limit)
        return [self._refusal.thing(row) for row in rows]
