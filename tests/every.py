"""One test over many small cases, where a test of its own for each would cost more than what it tests."""

from collections.abc import Callable, Iterable
from inspect import signature
from typing import Any

MOST_TOLD = 40  # failures that are shown; the count is of all


def every(
    names: str | tuple[str, ...], cases: Iterable[Any], *, named: Callable[[Any], str] = repr
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Call a test with each case, as `pytest.mark.parametrize` does; each failure is told with its case's name.

    For cases that leave nothing behind: fixtures are made once for all of them. There must be at least one case.
    """
    keys = (names,) if isinstance(names, str) else names
    todo = list(cases)
    assert todo, f"no case of {names}"

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        def run(**fixtures: Any) -> None:
            failures = []
            for case in todo:
                values = (case,) if isinstance(names, str) else case
                try:
                    test(**fixtures, **dict(zip(keys, values, strict=True)))
                except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the other cases are tried, too
                    error.add_note(f"{', '.join(keys)}: {named(case)}")
                    failures.append(error)
            if failures:
                raise ExceptionGroup(f"{len(failures)} of {len(todo)} cases failed", failures[:MOST_TOLD])

        own = signature(test)
        rest = [value for key, value in own.parameters.items() if key not in keys]
        run.__signature__ = own.replace(parameters=rest)  # type: ignore[attr-defined] # what pytest reads fixtures from
        run.__name__, run.__qualname__, run.__doc__ = test.__name__, test.__qualname__, test.__doc__
        run.__module__ = test.__module__
        return run

    return decorate
