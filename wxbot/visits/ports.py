"""What the day of a visit asks of rooms beside and below it."""

from typing import Protocol


class SceneLabels(Protocol):
    """What scene QR codes are called. Implemented by account/scenes.py."""

    async def label_of(self, scene: str) -> str:
        """The label of that scene; empty for one that is none of ours."""
        ...
