"""The Official Account's use cases by topic: `account.menus.push(…)`, `account.scenes.create(…)`."""

from collections.abc import Mapping
from dataclasses import dataclass

from wxbot.account.health import Health
from wxbot.account.menus import Menus
from wxbot.account.models import Menu
from wxbot.account.ports import Cards, Censor, House, Platform
from wxbot.account.refusals import Refusals
from wxbot.account.scenes import Scenes
from wxbot.account.store import AccountStore
from wxbot.audit.service import AuditTrail


@dataclass(frozen=True, kw_only=True)
class Edge:
    """What the composition root brings: the platform, how the house is, and the ear on the wire."""

    platform: Platform
    house: House
    refusals: Refusals


class Account:
    """The clinic's Official Account."""

    def __init__(  # noqa: PLR0913 - the parts it stands on
        self,
        store: AccountStore,
        edge: Edge,
        audit: AuditTrail,
        *,
        from_file: Menu,
        meanings: Mapping[str, str],
        cards: Cards,
        censor: Censor | None = None,
    ) -> None:
        self._store = store
        self._refusals = edge.refusals
        self.menus = Menus(store, edge.platform, audit, from_file=from_file, meanings=meanings, censor=censor)
        self.scenes = Scenes(store, edge.platform, audit)
        self.health = Health(store, edge.platform, edge.house, cards=cards, refusals=edge.refusals)

    async def keep_refusals(self) -> int:
        """Write down what the platform refused since the last time; the number. For a job."""
        return await self._refusals.flush(self._store)
