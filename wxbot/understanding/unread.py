"""What kind of text it is that nobody understood: the kind sentence that answers it depends on that. Pure."""

from enum import StrEnum

from wxbot.understanding.message import normalise

STORY = 120  # signs; longer ones are stories or pasted articles, and for a person to read
CHINESE = (("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\U00020000", "\U0003ffff"))
FEWEST_LETTERS = 4  # of another script; "ok" and "abc" are no sentence of another language


class Unread(StrEnum):
    """The kinds."""

    WORDLESS = "wordless"  # emoji, marks, nothing that is a letter or a digit
    STORY = "story"  # 2,000 characters, a pasted article
    FOREIGN = "foreign"  # letters, but none of them Chinese
    PLAIN = "plain"


def unread_kind(text: str) -> Unread:
    """The kind of a text that no rule read."""
    words = normalise(text).words
    if not words:
        return Unread.WORDLESS
    if len(words) > STORY:
        return Unread.STORY
    letters = [sign for sign in words if sign.isalpha()]
    if len(letters) >= FEWEST_LETTERS and not any(first <= sign <= last for sign in letters for first, last in CHINESE):
        return Unread.FOREIGN if _several_words(text) else Unread.PLAIN
    return Unread.PLAIN


def _several_words(text: str) -> bool:
    """Two words or more, or one of a script other than Latin: a keyboard that was sat on writes neither."""
    return len(text.split()) > 1 or not text.isascii()
