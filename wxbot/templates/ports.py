"""What templates ask of rooms beside them and of the platform."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from wxbot.messaging import Channel


class LexiconFinding(Protocol):
    """One thing a reader of lexicons has against a text. `severity` is block, warn or hint."""

    @property
    def severity(self) -> str: ...  # noqa: D102 - the names say it
    @property
    def start(self) -> int: ...  # noqa: D102
    @property
    def end(self) -> int: ...  # noqa: D102
    @property
    def words(self) -> str: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102
    @property
    def instead(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102


class LexiconChecker(Protocol):
    """Words that must not be said. Implemented by quality."""

    def findings(self, text: str, *, purpose: Any, lock_screen: bool = False) -> Sequence[LexiconFinding]:
        """Everything found in `text`, positions in characters."""
        ...


@dataclass(frozen=True, kw_only=True)
class AccountTemplate:
    """A template of the account at the platform (reference §5.3, §6.4). `fields` are (key, label) in order."""

    id: str
    title: str
    kind: Channel  # TEMPLATE or NOTICE
    fields: tuple[tuple[str, str], ...]
    example: str = ""


class AccountTemplates(Protocol):
    """The account's own templates. Implemented by wechat/account_templates.py."""

    async def template_list(self) -> Sequence[AccountTemplate]:
        """Every template and subscription notice of the account.

        Raises:
            PlatformError: the platform refuses or is silent.
        """
        ...
