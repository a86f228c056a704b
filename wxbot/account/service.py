"""The Official Account's use cases by topic: `account.menus.push(…)`, `account.scenes.create(…)`."""

from collections.abc import Mapping
from dataclasses import dataclass

from wxbot.account.health import Health
from wxbot.account.menus import Menus
from wxbot.account.models import Menu
from wxbot.account.ports import Alerted, Cards, LexiconChecker, Platform, PutBack, ServiceStatus
from wxbot.account.refusals import Refusals
from wxbot.account.scenes import Scenes
from wxbot.account.store import AccountStore
from wxbot.audit.service import AuditTrail


@dataclass(frozen=True, kw_only=True)
class AccountDependencies:
    """What the composition root brings: the platform, how the service is, and what the platform refused."""

    platform: Platform
    status: ServiceStatus
    refusals: Refusals


class Account:
    """The clinic's Official Account."""

    def __init__(  # noqa: PLR0913 - the parts it stands on
        self,
        store: AccountStore,
        dependencies: AccountDependencies,
        audit: AuditTrail,
        *,
        from_file: Menu,
        meanings: Mapping[str, str],
        cards: Cards,
        alerted: Alerted,
        put_back: PutBack,
        lexicon: LexiconChecker | None = None,
    ) -> None:
        self._store = store
        self._refusals = dependencies.refusals
        self.menus = Menus(store, dependencies.platform, audit, from_file=from_file, meanings=meanings, lexicon=lexicon)
        self.scenes = Scenes(store, dependencies.platform, audit)
        self.health = Health(
            store,
            dependencies.platform,
            dependencies.status,
            cards=cards,
            refusals=dependencies.refusals,
            alerted=alerted,
            put_back=put_back,
        )

    async def keep_refusals(self) -> int:
        """Write down what the platform refused since the last time; the number. For a job."""
        return await self._refusals.flush(self._store)
