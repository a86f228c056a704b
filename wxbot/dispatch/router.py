"""Routers: tables of routes. The first route whose update type and filters match handles the update."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.updates import MenuClicked, TextMessage, Update

Handler = Callable[[Context], Awaitable[Reply | None]]
Filter = Callable[[Context], bool]


@dataclass(frozen=True)
class InDialog:
    """A filter: the patient is in that dialog (and at that step)."""

    name: str
    step: str | None = None

    def __call__(self, context: Context) -> bool:
        """Whether they are."""
        dialog = context.dialog
        return dialog is not None and dialog.name == self.name and (self.step is None or dialog.step == self.step)


@dataclass(frozen=True)
class Tapped:
    """A filter of texts: an entry of a message of ours was tapped, whose id begins so; else words were typed."""

    prefix: str | None = None

    def __call__(self, context: Context) -> bool:
        """Whether it was so."""
        update = context.update
        if not isinstance(update, TextMessage):
            return False
        if self.prefix is None:
            return update.menu_id is None
        return (update.menu_id or "").startswith(self.prefix)


_Place: TypeAlias = tuple[type[Update], str, bool]
"""What routes are told apart by before any filter is called: kind, name of the dialog, whether an entry was tapped."""


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

    def possible(self, place: _Place) -> bool:
        """Whether any update of that kind, in that dialog, tapped or not, can be accepted."""
        kind, dialog, tapped = place
        return issubclass(kind, self.kind) and not any(
            (isinstance(each, InDialog) and each.name != dialog)
            or (isinstance(each, Tapped) and tapped is not (each.prefix is not None))
            for each in self.filters
        )


@dataclass(frozen=True)
class Router:
    """The routes of one capability, in order."""

    name: str
    routes: tuple[Route, ...]
    _possible: dict[_Place, tuple[Route, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def find(self, context: Context) -> Route | None:
        """The first matching route, if any."""
        update, dialog = context.update, context.dialog
        tapped = isinstance(update, TextMessage) and update.menu_id is not None
        place = type(update), "" if dialog is None else dialog.name, tapped
        candidates = self._possible.get(place)
        if candidates is None:
            candidates = self._possible[place] = tuple(route for route in self.routes if route.possible(place))
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
    return InDialog(name, step)


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
