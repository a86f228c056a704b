"""What is wrong with the words of a list, in sentences for staff. Pure."""

from collections.abc import Iterator, Sequence

from wxbot.understanding.message import normalise
from wxbot.understanding.reader import ENTRANCE
from wxbot.understanding.words import WordList, WordLists

LONGEST_WORD = 40  # characters; a longer one is a sentence that nobody writes twice
MOST_WORDS = 300  # of one list; more is a mistake, not wording


def words_of(text: str) -> tuple[str, ...]:
    """One word a line; empty lines, and what is the same but for marks, spaces, width or script, count once."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    first: dict[str, str] = {}
    for line in lines:
        if line:
            first.setdefault(normalise(line).words or line, line)
    return tuple(first.values())


def problem_of(words: Sequence[str], key: str, lists: WordLists) -> str:
    """What must be mended before a list may have these words; empty when nothing."""
    return "".join(list(_problems(words, key, lists))[:3])


def _problems(words: Sequence[str], key: str, lists: WordLists) -> Iterator[str]:
    if not words:
        if key.startswith(ENTRANCE):
            yield "入口的词单不能是空的，不然患者打字就找不到这项服务。"
        else:
            yield "请至少保留一个词。"
        return
    if len(words) > MOST_WORDS:
        yield f"最多 {MOST_WORDS} 个词，现在有 {len(words)} 个。"
        return
    own = lists.by_key.get(key)
    others = [each for each in lists.lists if each.whole and each.key != key] if own is not None and own.whole else []
    elsewhere = {folded: each for each in others for folded in lists.of(each.key)}
    for word in words:
        yield from _problems_of(word, elsewhere.get(normalise(word).words))


def _problems_of(word: str, other: WordList | None) -> Iterator[str]:
    folded = normalise(word).words
    if len(word) > LONGEST_WORD:
        yield f"「{word[:12]}…」有 {len(word)} 个字，最多 {LONGEST_WORD} 个。"
    elif not folded:
        yield f"「{word}」只有标点，患者的话是不看标点的。"
    elif folded.isdecimal():
        yield f"「{word}」是数字，数字留给选项的序号。"
    elif other is not None:
        yield f"「{word}」已经在词单「{other.name}」里，一个词只能有一个意思，请先从那里去掉。"
