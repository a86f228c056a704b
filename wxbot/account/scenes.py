"""Scene QR codes: made with a label, counted when scanned, put away when the poster comes down."""

from dataclasses import replace
from datetime import datetime, timedelta
from secrets import token_hex

from wxbot import ids
from wxbot.account.models import PURPOSE_NAMES, Newcomer, Scene, ScenePurpose
from wxbot.account.ports import Platform, SceneCode
from wxbot.account.store import AccountStore
from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.errors import FieldErrors

EDIT = "settings:scene:edit"
OWN = "me:account:edit"
LABEL_LENGTH = 20  # characters; it is printed large under the code
LONGEST_DAYS = 30  # of a temporary code (reference §7.5)
STAFF_CODE_LASTS = timedelta(minutes=10)
PAGE = 50


class Scenes:
    """Use cases of scene QR codes."""

    def __init__(self, store: AccountStore, platform: Platform, audit: AuditTrail) -> None:
        self._store = store
        self._platform = platform
        self._audit = audit

    async def create(  # noqa: PLR0913 - one fact each
        self,
        label: str,
        purpose: ScenePurpose,
        *,
        request: str,
        by: Actor,
        now: datetime,
        practitioner_id: str = "",
        lasts_days: int | None = None,
    ) -> Scene:
        """Note a new code; `generate` then has the platform make it. The same `request` twice is one code.

        Raises ForbiddenError, FieldErrors (in the words of the form's field).
        """
        by.must(EDIT)
        new = Scene(
            id=ids.new_id(now),
            request=request,
            scene=f"q_{token_hex(10)}",
            label=_label(label),
            purpose=purpose,
            by=by.by,
            at=now,
            practitioner_id=practitioner_id,
            lasts_days=None if lasts_days is None else min(max(lasts_days, 1), LONGEST_DAYS),
        )
        scene = await self._store.add_scene(new)
        if scene.id != new.id:
            return scene
        await self._audit.record(
            AuditAction.SCENE_CREATED,
            f"scene:{scene.id}",
            by=by,
            now=now,
            summary=f"新建二维码“{scene.label}”（{PURPOSE_NAMES[scene.purpose]}）",
        )
        return scene

    async def generate(self, scene_id: str, *, by: Actor, now: datetime) -> Scene:
        """Have the platform make the code, unless it is there and still works; safe to repeat.

        Raises ForbiddenError, NotFoundError, PlatformError.
        """
        by.must(EDIT)
        scene = await self._store.scene(scene_id)
        if scene.url and not scene.over(now):
            return scene
        lasts = None if scene.lasts_days is None else timedelta(days=scene.lasts_days)
        code = await self._platform.create_scene(scene.scene, lasts)
        renewed = bool(scene.url)
        scene = await self._store.give_code(
            scene_id, ticket=code.ticket, url=code.url, expires_at=None if code.lasts is None else now + code.lasts
        )
        if renewed:
            await self._audit.record(
                AuditAction.SCENE_RENEWED, f"scene:{scene.id}", by=by, now=now, summary=f"重新生成二维码“{scene.label}”"
            )
        return scene

    async def listed(self, *, by: Actor, archived: bool = False, before: datetime | None = None) -> list[Scene]:
        """A page of codes, newest first. Raises ForbiddenError."""
        by.must(EDIT)
        return await self._store.scenes(archived=archived, before=before, limit=PAGE)

    async def one(self, scene_id: str, *, by: Actor) -> Scene:
        """One code. Raises ForbiddenError, NotFoundError."""
        by.must(EDIT)
        return await self._store.scene(scene_id)

    async def label_of(self, scene: str) -> str:
        """What the code is called that brought somebody; empty for one that is none of ours."""
        return await self._store.scene_label(scene)

    async def is_arrival(self, scene: str) -> bool:
        """Whether who scans that code is at reception. One that was put away still is: it may hang there yet."""
        return await self._store.scene_purpose(scene) is ScenePurpose.ARRIVAL

    async def edit(  # noqa: PLR0913 - one fact each
        self, scene_id: str, revision: int, *, label: str, archived: bool, by: Actor, now: datetime
    ) -> Scene:
        """Change the label, put the code away or bring it back. A printed code keeps working and is still counted.

        Raises ForbiddenError, NotFoundError, StaleError, FieldErrors.
        """
        by.must(EDIT)
        before = await self._store.scene(scene_id)
        after = replace(before, label=_label(label), archived=archived)
        if after == before:
            return before
        saved = await self._store.edit_scene(scene_id, revision, label=after.label, archived=archived)
        changes = {"名称": (before.label, after.label)} if before.label != after.label else {}
        if before.archived != after.archived:
            changes["收起"] = (_yes_no(before.archived), _yes_no(after.archived))
        await self._audit.record(
            AuditAction.SCENE_EDITED,
            f"scene:{scene_id}",
            by=by,
            now=now,
            summary=f"修改二维码“{after.label}”",
            changes=changes,
        )
        return saved

    async def scanned(self, scene: str, push: str, *, now: datetime, newcomer: str | None = None) -> bool:
        """Count one scan, once per push; `newcomer` is the contact who began to follow with it.

        False for a scene that is none of ours, and for a push that was counted before.
        """
        person = None if newcomer is None else Newcomer(contact_id=newcomer, at=now)
        return await self._store.count_scan(scene, push, at=now, newcomer=person)

    async def staff_code(self, scene: str, *, by: Actor) -> SceneCode:
        """A code by which a member of staff binds their own WeChat, good for ten minutes.

        Raises ForbiddenError, PlatformError.
        """
        by.must(OWN)
        return await self._platform.create_scene(scene, STAFF_CODE_LASTS)


def _label(text: str) -> str:
    label = " ".join(text.split())
    if not label:
        raise FieldErrors({"label": "请填写名称，例如“前台立牌”。"})
    if len(label) > LABEL_LENGTH:
        raise FieldErrors({"label": f"名称最多 {LABEL_LENGTH} 个字，现在有 {len(label)} 个。"})
    return label


def _yes_no(value: bool) -> str:
    return "是" if value else "否"
