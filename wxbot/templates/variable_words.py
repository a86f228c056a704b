"""A wording as staff read it: variables by what they stand for, links by their words. Pure; never for sending."""

import re
from collections.abc import Mapping

from wxbot.templates.models import Variable

_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]{0,40})\}")
_ANCHOR = re.compile(r"</?a\b[^<>]{0,400}>", re.IGNORECASE)
_ENDS = re.compile("[，：；、（。]")  # a meaning says first what it is, then more about it


def label_of(variable: Variable) -> str:
    """What a variable stands for, in a few words: 就诊人姓名."""
    return _ENDS.split(variable.meaning, maxsplit=1)[0] or variable.name


def as_read(text: str, variables: Mapping[str, Variable]) -> str:
    """The text with {name} as 〔就诊人姓名〕; a name that nothing fills stays as it is written."""

    def said(found: re.Match[str]) -> str:
        variable = variables.get(found[1])
        return found[0] if variable is None else f"〔{label_of(variable)}〕"

    return _VARIABLE.sub(said, _ANCHOR.sub("", text))
