"""The shape of words.toml: lists of what patients say for one thing."""

from collections.abc import Iterator

from pydantic import Field

from config.checks import Finding
from config.schemas import DottedKey, Entry, Text

MATCHED_WHOLE = (  # the lists that every message is compared with; ids that end in a dot are beginnings
    "entrance.",
    "yes",
    "no",
    "back",
    "leave",
    "more",
    "stop",
    "resume",
    "greeting",
    "thanks",
    "good_news",
)
LONGEST_WORD = 40  # characters; a longer one is a sentence that nobody writes twice


class WordListEntry(Entry):
    """One list of words with the same meaning."""

    key: DottedKey = Field(examples=["entrance.book"])
    name: Text = Field(examples=["预约"])
    about: Text = Field(examples=["整句是这些话时，开始预约"])
    words: tuple[Text, ...] = Field(min_length=1, examples=[["预约", "挂号"]])


class WordsFile(Entry):
    """words.toml."""

    lists: tuple[WordListEntry, ...] = Field(min_length=1)


def words_findings(file: WordsFile) -> Iterator[Finding]:
    """Keys given twice, words given twice in a list or in two that are matched whole, and words that are too long."""
    keys: set[str] = set()
    elsewhere: dict[str, str] = {}
    for position, each in enumerate(file.lists):
        if each.key in keys:
            what = f"another list has the key {each.key!r} too"
            yield Finding(path=("lists", position, "key"), what=what, fix="Put the words into one list")
        keys.add(each.key)
        seen: set[str] = set()
        for word in each.words:
            path = ("lists", position, "words")
            if word in seen:
                yield Finding(path=path, what=f"{word!r} is given twice", fix="Keep one of the two", text=f'"{word}"')
            if len(word) > LONGEST_WORD:
                what = f"{word[:12]!r}… has {len(word)} characters"
                yield Finding(path=path, what=what, fix=f"Keep words under {LONGEST_WORD}", text=f'"{word[:12]}')
            whole = each.key in MATCHED_WHOLE or each.key.startswith(MATCHED_WHOLE[0])
            other = elsewhere.setdefault(word.casefold(), each.key) if whole else each.key
            if other != each.key:
                what = f"{word!r} is in the list {other!r} too, so nobody knows which of the two it means"
                yield Finding(path=path, what=what, fix="Keep it in one of the two lists", text=f'"{word}"')
            seen.add(word)
