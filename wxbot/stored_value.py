"""A setting as it is stored: its value, who wrote it and when, and its place in a list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from cattrs import Converter

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Stored(Generic[T]):
    """A value as it is stored. `revision` grows with every change; `position` is its place in the list's own order."""

    id: str
    value: T
    revision: int
    by: str  # staff:<id>
    by_name: str
    at: datetime
    position: int = 0


def document_of(kept: Stored[Any], converter: Converter) -> dict[str, Any]:
    """The document that holds it."""
    return {
        "_id": kept.id,
        "revision": kept.revision,
        "by": kept.by,
        "by_name": kept.by_name,
        "at": kept.at,
        "position": kept.position,
        "value": converter.unstructure(kept.value),
    }


def stored_of(document: dict[str, Any], kind: type[T], converter: Converter) -> Stored[T]:
    """What such a document holds, its value of that kind."""
    return Stored(
        id=document["_id"],
        value=converter.structure(document["value"], kind),
        revision=document["revision"],
        by=document["by"],
        by_name=document["by_name"],
        at=document["at"],
        position=document["position"],
    )
