"""Routers: tables of routes. The first route whose update type and filters match handles the update."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.updates import MenuClicked, Update

Handler = Callable[[Context], Awaitable[Reply | None]]
Filter = Callable[[Context], bool]


@dataclass(frozen=True)
class Route:
    """`handler` answers updates of type `kind` for which every filter says yes. None as reply: nothing to say."""

    kind: type[Update] | tuple[type[Update], ...]
    handler: Handler
    filters: tuple[Filter, ...] = ()

    def accepts(self, context: Context) -> bool:
        """Whether every filter says yes. A plain loop: this runs for dozens of routes with every push."""
        for accept in self.filters:  # noqa: SIM110 - all() with a generator takes three times as long
            if not accept(context):
                return False
        return True


@dataclass(frozen=True)
class Router:
    """The routes of one capability, in order."""

    name: str
    routes: tuple[Route, ...]
    _by_kind: dict[type[Update], tuple[Route, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def find(self, context: Context) -> Route | None:
        """The first matching route, if any."""
        kind = type(context.update)
        candidates = self._by_kind.get(kind)
        if candidates is None:
            candidates = tuple(route for route in self.routes if issubclass(kind, route.kind))
            self._by_kind[kind] = candidates
        for route in candidates:
            if route.accepts(context):
                return route
        return None


def first_match(routers: Sequence[Router], context: Context) -> tuple[Router, Route] | None:
    """Where an update goes: first router, first route."""
    for router in routers:
        route = router.find(context)
        if route is not None:
            return router, route
    return None


def in_dialog(name: str, step: str | None = None) -> Filter:
    """The patient is in that dialog (and at that step)."""

    def accept(context: Context) -> bool:
        dialog = context.dialog
        return dialog is not None and dialog.name == name and (step is None or dialog.step == step)

    return accept


def says(*words: str) -> Filter:
    """The patient wrote exactly one of these words (case, spaces and closing punctuation apart)."""
    expected = frozenset(word.casefold() for word in words)

    def accept(context: Context) -> bool:
        return context.words in expected

    return accept


def taps(*menu_keys: str) -> Filter:
    """The patient tapped one of these account-menu entries."""

    def accept(context: Context) -> bool:
        return isinstance(context.update, MenuClicked) and context.update.menu_key in menu_keys

    return accept
