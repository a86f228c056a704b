"""The menu: a draft that begins as the file says, checks, what patients see now, sending it, bringing one back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from wxbot.account.errors import MenuRefusedError
from wxbot.account.menu_rules import Flaw, flaws
from wxbot.account.menu_words import Change, changes, unanswered
from wxbot.account.models import Menu, MenuDraft, MenuVersion, menu_of
from wxbot.account.ports import LexiconChecker, Platform
from wxbot.account.store import DRAFT, AccountStore
from wxbot.actors import CONFIG_FILES, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.errors import PlatformError, StaleError

EDIT = "settings:menu:edit"
SUBJECT = "menu:account"
SHOWN = 20  # versions on the page
SPOKEN_AS = "service"  # a menu's words are read as an answer to the person who opened the account
BLOCKS = "block"
LONGEST_CHANGES = 300  # characters of a difference in the audit


@dataclass(frozen=True, kw_only=True)
class MenuCheck:
    """What was found in a menu. `refused` may not be sent; `words` are doubts about wording, `unknown` dead keys."""

    flaws: tuple[Flaw, ...] = ()
    blocked: tuple[Flaw, ...] = ()
    words: tuple[Flaw, ...] = ()
    unknown: tuple[Flaw, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether it may not be sent as it is."""
        return bool(self.flaws or self.blocked)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Everything found, worst first."""
        return tuple(each.sentence for each in (*self.flaws, *self.blocked, *self.words, *self.unknown))


class Menus:
    """Use cases of the account's menu. `meanings`: the keys our service answers, and what each does."""

    def __init__(  # noqa: PLR0913 - the parts it stands on
        self,
        store: AccountStore,
        platform: Platform,
        audit: AuditTrail,
        *,
        from_file: Menu,
        meanings: Mapping[str, str],
        lexicon: LexiconChecker | None = None,
    ) -> None:
        self._store = store
        self._platform = platform
        self._audit = audit
        self._from_file = from_file
        self._lexicon = lexicon
        self.meanings = meanings

    async def draft(self, *, by: Actor, now: datetime) -> MenuDraft:
        """The menu being worked on; the file's while nobody has touched it. Raises ForbiddenError."""
        by.must(EDIT)
        return await self._store.draft() or MenuDraft(id=DRAFT, menu=self._from_file, by=CONFIG_FILES.by, at=now)

    async def current(self) -> Menu:
        """The menu as it stands in the console, else as in the file; for the export."""
        draft = await self._store.draft()
        return self._from_file if draft is None else draft.menu

    async def live(self, *, by: Actor) -> Menu | None:
        """What patients see now. Raises ForbiddenError, PlatformError."""
        by.must(EDIT)
        shown = await self._platform.shown_menu()
        return None if shown is None else menu_of(shown)

    async def versions(self, *, by: Actor) -> list[MenuVersion]:
        """What was sent, newest first. Raises ForbiddenError."""
        by.must(EDIT)
        return await self._store.versions(SHOWN)

    def check(self, menu: Menu) -> MenuCheck:
        """Everything that is wrong or doubtful, place by place. Never waits."""
        blocked: list[Flaw] = []
        doubtful: list[Flaw] = []
        for place, button in menu.places():
            for finding in self._lexicon.findings(button.name, purpose=SPOKEN_AS) if self._lexicon else ():
                instead = f"可以改为：{finding.instead}" if finding.instead else ""
                flaw = Flaw(place, "name", f"里的“{finding.words}”：{finding.reason}{instead}")
                (blocked if finding.severity == BLOCKS else doubtful).append(flaw)
        unknown = [
            Flaw(place, "key", f"的指令 {key} 系统不认识，患者点了只会得到一般性回复。")
            for place, key in unanswered(menu, self.meanings)
            if key
        ]
        return MenuCheck(
            flaws=tuple(flaws(menu.wire())), blocked=tuple(blocked), words=tuple(doubtful), unknown=tuple(unknown)
        )

    def differences(self, before: Menu | None, after: Menu) -> tuple[Change, ...]:
        """What would change, place by place."""
        return changes(before or Menu(), after, self.meanings)

    async def save(self, menu: Menu, revision: int, *, by: Actor, now: datetime) -> MenuDraft:
        """Keep the draft that was read at `revision`.

        Raises ForbiddenError, MenuRefusedError (what the platform would refuse), StaleError (somebody was quicker).
        """
        by.must(EDIT)
        found = self.check(menu)
        if found.flaws:
            raise MenuRefusedError(found.flaws)
        before = await self.draft(by=by, now=now)
        if before.revision != revision:
            raise StaleError("the menu was edited meanwhile")
        if before.menu == menu:
            return before
        saved = await self._store.save_draft(MenuDraft(id=DRAFT, menu=menu, by=by.by, at=now, revision=revision))
        await self._audit.record(
            AuditAction.MENU_EDITED,
            SUBJECT,
            by=by,
            now=now,
            summary="修改了公众号菜单的草稿",
            changes={(each.place or "菜单"): _short(each) for each in self.differences(before.menu, menu)},
        )
        return saved

    async def push(self, revision: int, *, by: Actor, now: datetime) -> MenuVersion:
        """Send the draft that was read at `revision` to WeChat; sending the same one again changes nothing more.

        Raises ForbiddenError, StaleError, MenuRefusedError, PlatformError.
        """
        by.must(EDIT)
        draft = await self.draft(by=by, now=now)
        if draft.revision != revision:
            raise StaleError("the menu was edited meanwhile")
        found = self.check(draft.menu)
        if found.refused:
            raise MenuRefusedError(found.flaws, found.blocked)
        latest = await self._store.versions(1)
        version = await self._store.add_version(
            MenuVersion(
                id=_identity(draft),
                number=latest[0].number + 1 if latest else 1,
                menu=draft.menu,
                by=by.by,
                at=now,
            )
        )
        # Noted before the call: whatever becomes of the process, it is known who sent what.
        await self._audit.record(
            AuditAction.MENU_PUSHED, SUBJECT, by=by, now=now, summary=f"推送菜单第 {version.number} 版到微信"
        )
        try:
            await self._platform.set_menu(draft.menu.wire())
        except PlatformError as error:
            summary = f"菜单第 {version.number} 版没有推送成功"
            await self._audit.record(
                AuditAction.MENU_PUSH_FAILED, SUBJECT, by=by, now=now, summary=summary, reason=error.advice
            )
            raise
        await self._store.mark_pushed(version.id, now)
        return version

    async def restore_version(self, number: int, revision: int, *, by: Actor, now: datetime) -> MenuDraft:
        """Make an earlier version the draft again. Raises ForbiddenError, NotFoundError, StaleError."""
        by.must(EDIT)
        version = await self._store.version(number)
        before = await self.draft(by=by, now=now)
        if before.revision != revision:
            raise StaleError("the menu was edited meanwhile")
        saved = await self._store.save_draft(
            MenuDraft(id=DRAFT, menu=version.menu, by=by.by, at=now, revision=revision)
        )
        await self._audit.record(
            AuditAction.MENU_VERSION_RESTORED, SUBJECT, by=by, now=now, summary=f"把菜单第 {number} 版恢复为草稿"
        )
        return saved


def _identity(draft: MenuDraft) -> str:
    """The same draft sent twice is one version; the file's menu may change without a revision."""
    return f"{draft.revision}:{sha256(repr(draft.menu).encode()).hexdigest()[:16]}"


def _short(change: Change) -> tuple[str, str]:
    return change.before[:LONGEST_CHANGES], change.after[:LONGEST_CHANGES]
