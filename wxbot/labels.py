"""Enumerations whose members carry the label that staff read."""

from enum import StrEnum
from typing import Self


class LabelledEnum(StrEnum):
    """A stored value with its label in Chinese: `CARE = ("care", "关怀")`."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """A member with its value and label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
