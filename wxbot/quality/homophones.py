"""Words of the clinic written with other characters of the same sound (A0-21, A0-22). Pure.

A word that sounds like one of the clinic's is only told when it cannot be an ordinary one: it shares a character with
the clinic's word, its other characters are no particles, its edges do not belong to their neighbours, and one of two
characters stands alone between signs, particles and verbs (皮肤诊所 is no 复诊). What an input method offers for the
same initials and is an ordinary word itself (报批 for 包皮) is told where the words around it show which one is meant.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from operator import eq

from wxbot.pinyin import phrases, syllables_of
from wxbot.quality.facts import Confusion
from wxbot.quality.models import Check, Finding, Severity
from wxbot.quality.sentences import sentence_around

HOMOPHONES = Check(category="homophones", name="同音字")
SOURCE = "服务规范：同音字、输入法记忆（A0-21、A0-22）"
SHORTEST, LONGEST = 2, 8  # characters of a word that is compared
NEAR = 12  # characters on each side in which the words around a confusion are looked for

# What stands beside any word: a word with one of these in it is no slip of the pen.
_PARTICLES = frozenset(
    "的地得了着过吗呢吧啊呀哦嘛哈啦么在再是不没有也都还就才又和与及或跟对向从到把被给让请您你我他她它们这那哪几多少"
    "个一二两三四五六七八九十上下里外前后来去会要想可能以为因所如果但只很太最更等等做看说时间点号天周月年日"
)
_BESIDE = frozenset("做约洗拔补看拍开要用吃涂抹照打种费需是完能先")  # what the clinic's words stand beside


class Homophones:
    """The clinic's words made ready. Immutable."""

    def __init__(self, words: Iterable[str], confusions: Iterable[Confusion] = ()) -> None:
        """`words` are the clinic's own: a confusion counts towards them, never away from them."""
        self._known = frozenset(words)
        self._holding: dict[str, list[tuple[int, str]]] = {}  # by character: where it stands in which words
        for word in sorted(self._known, key=lambda each: (-len(each), each)):
            if not SHORTEST <= len(word) <= LONGEST or not all("\u4e00" <= sign <= "\u9fff" for sign in word):
                continue
            for place, sign in enumerate(word):
                self._holding.setdefault(sign, []).append((place, word))
                _initials(sign)  # read now, so that no reply waits for it
        self._confusions = tuple(
            (wrong, each)
            for each in confusions
            for wrong in each.wrong
            if each.right in self._known or not (each.term or wrong in self._known)
        )

    def findings(self, text: str) -> Iterator[Finding]:
        """What sounds like one of the clinic's words and is not it."""
        safe = self._safe(text)
        done = 0
        for at, words in sorted(self._candidates(text).items()):
            for word in words if at >= done else ():
                end = at + len(word)
                severity = self._severity(text, at, word)
                if severity is not None and not any(
                    safe[at + each] for each, sign in enumerate(word) if text[at + each] != sign
                ):
                    yield _finding(text, at, end, word, severity)
                    done = end
                    break
        yield from self._confused(text)

    def _safe(self, text: str) -> bytearray:
        """Which characters stand inside one of the clinic's words as it is written."""
        safe = bytearray(len(text))
        for word in self._known:
            at = text.find(word)
            while word and at >= 0:
                safe[at : at + len(word)] = b"\x01" * len(word)
                at = text.find(word, at + 1)
        return safe

    def _candidates(self, text: str) -> dict[int, list[str]]:
        """Where words could stand that share a character with the text there, the longest first."""
        found: dict[int, set[str]] = {}
        for position, sign in enumerate(text):
            for place, word in self._holding.get(sign, ()):
                start = position - place
                if start >= 0 and start + len(word) <= len(text) and not text.startswith(word, start):
                    found.setdefault(start, set()).add(word)
        return {at: sorted(words, key=lambda each: (-len(each), each)) for at, words in found.items()}

    def _severity(self, text: str, at: int, word: str) -> Severity | None:
        window = text[at : at + len(word)]
        sure = None if window in self._known else _alike(window, word)
        if sure is None or _ordinary(text, at, window, word):
            return None
        return Severity.WARN if sure else Severity.HINT

    def _confused(self, text: str) -> Iterator[Finding]:
        for wrong, each in self._confusions:
            at = text.find(wrong)
            while at >= 0:
                end = at + len(wrong)
                first, last = sentence_around(text, at, end)
                around = text[max(first, at - NEAR) : at] + " " + text[end : min(last, end + NEAR)]
                if not each.near or any(word in around for word in each.near):
                    yield _finding(text, at, end, each.right, Severity.WARN)
                at = text.find(wrong, end)


@lru_cache(maxsize=4_096)  # a text says the same words again and again
def _alike(window: str, word: str) -> bool | None:
    """True: the same sounds. False: the same initials and most characters. None: another word."""
    same = sum(map(eq, window, word))
    if not same:
        return None
    pairs = list(zip(window, word, strict=True))
    if all(_sounds(one) & _sounds(other) for one, other in pairs):
        return True
    if len(window) == SHORTEST or same < len(window) - 1:
        return None
    return False if all(_initials(one) & _initials(other) for one, other in pairs) else None


def _ordinary(text: str, at: int, window: str, word: str) -> bool:
    """Whether it may well be what was meant: an ordinary word, with a particle in it, or cut out of its neighbours."""
    if window in phrases() or any(one != other and one in _PARTICLES for one, other in zip(window, word, strict=True)):
        return True
    before, after = text[max(0, at - 1) : at], text[at + len(window) : at + len(window) + 1]
    if len(window) == SHORTEST and not (_apart(before) and _apart(after)):
        return True
    return (before + window[0]) in phrases() or (window[-1] + after) in phrases()


def _apart(neighbour: str) -> bool:
    return not "\u4e00" <= neighbour <= "\u9fff" or neighbour in _PARTICLES or neighbour in _BESIDE


def _finding(text: str, start: int, end: int, right: str, severity: Severity) -> Finding:
    return HOMOPHONES.finding(
        text,
        (start, end),
        label="错字",
        reason=f"可能是「{right}」打错了，患者会猜不出意思",
        instead=right,
        source=SOURCE,
        severity=severity,
        replacement=right,
    )


@lru_cache(maxsize=20_000)
def _sounds(sign: str) -> frozenset[str]:
    return frozenset(syllables_of(sign)) - {sign}


@lru_cache(maxsize=20_000)
def _initials(sign: str) -> frozenset[str]:
    return frozenset(sound[:1] for sound in _sounds(sign) if sound)
