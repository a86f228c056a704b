"""One normal form for everything patients write: width, script, marks, emoji and spaces made alike."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from opencc import OpenCC

_STICKERS = re.compile(r"\[[^\[\]]{1,6}\]")  # WeChat's own emoji arrive as [玫瑰]
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
_MARKS = str.maketrans("，、；;：。！？～", ",,,,:.!?~")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Message:
    """A patient's words. `spaced` keeps single spaces (for names and 1990 5 12), `text` has none; both are folded."""

    raw: str
    spaced: str
    text: str

    @property
    def words(self) -> str:
        """The text without any marks: what whole messages are compared by."""
        return "".join(sign for sign in self.text if sign.isalnum())


@lru_cache(maxsize=1)
def _simplified() -> OpenCC:
    return OpenCC("t2s")


def normalise(raw: str) -> Message:
    """The message in its normal form; never longer than twice what was written."""
    folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", raw))
    folded = _simplified().convert(_STICKERS.sub("", folded)).casefold().translate(_MARKS)
    spaced = _SPACES.sub(" ", folded).strip()
    return Message(raw, spaced, spaced.replace(" ", ""))
