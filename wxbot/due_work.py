"""What says that a job has something to do: declared by the rooms' stores, asked for all jobs in one read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from wxbot.database import Document


@dataclass(frozen=True, kw_only=True)
class Due:
    """Documents that the jobs of those names would work on. Declared in a room's store, as its indexes are.

    It may find what the job then leaves alone, but must find all that the job would work on: a job whose stores
    declare any is not run while none is found. `query` takes the clinic's time and the machine's; `order` is the index
    that answers it.
    """

    jobs: tuple[str, ...]
    collection: str
    query: Callable[[datetime, datetime], Document]
    order: Sequence[tuple[str, int]]
