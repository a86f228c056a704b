"""What a patient is found by, as keys of which a query is a prefix. Pure.

One multikey index over these keys answers the search box: every ending of the name (so any part of it finds it),
every ending of its pinyin and of its initials, with all readings of a character (单 is shan, dan and chan), every
ending of the record number, and the telephone's digits backwards (so its tail finds it). Keys of text are in small
letters; those of telephones begin with a capital letter and meet nothing else.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice, product

from wxbot.patients.phones import digits
from wxbot.pinyin import syllables_of

TAIL = "T"  # before the digits of a telephone, last one first
HEAD = "H"  # before its digits as dialled
SHORTEST_TAIL = 3  # digits; fewer fit every tenth patient
SHORTEST_HEAD = 5  # digits; 138 alone fits a tenth of the country
SHORTEST_RECORD_TAIL = 3  # characters
MOST_READINGS = 12  # of one name, the most usual first and all of the surname: more would fill the index in vain
MOST_WORDS = 3  # of a query: 张 8888
LONGEST_QUERY = 100  # characters of it that are read

_SURNAMES = {  # readings only surnames have, and the dictionary's list of readings lacks
    "尉迟": ("yu", "chi"),
    "万俟": ("mo", "qi"),
    "澹台": ("tan", "tai"),
    "单于": ("chan", "yu"),
    "令狐": ("ling", "hu"),
    "长孙": ("zhang", "sun"),
    "冼": ("xian",),
    "盖": ("ge",),
    "缪": ("miao",),
    "郗": ("xi",),
}


def keys_of(
    *, name: str | None, phone: str | None = None, second_phone: str | None = None, record_number: str | None = None
) -> tuple[str, ...]:
    """Every key of one patient, sorted; telephones are E.164."""
    keys: set[str] = set()
    if name:
        keys.update(_endings(plain(name)))
        for sounds in _readings(name):
            keys.update("".join(sounds[start:]) for start in range(len(sounds)))
            keys.update("".join(sound[0] for sound in sounds[start:]) for start in range(len(sounds)))
    if record_number:
        words = plain(record_number)
        keys.add(words)
        keys.update(each for each in _endings(words) if len(each) >= SHORTEST_RECORD_TAIL)
    for number in filter(None, (phone, second_phone)):
        keys.update(phone_keys(number))
    return tuple(sorted(keys - {""}))


def phone_keys(phone: str) -> tuple[str, str]:
    """The two keys of a telephone (E.164): its digits last one first, and as dialled."""
    dialled = digits(phone)
    return TAIL + dialled[::-1], HEAD + dialled


def is_phone_key(key: str) -> bool:
    """Whether a key is of a telephone."""
    return key.startswith((TAIL, HEAD))


def phone_prefixes(key: str) -> list[str]:
    """Every prefix of a telephone's key that a query may be: what is kept of it, each as a blind index."""
    shortest = SHORTEST_TAIL if key.startswith(TAIL) else SHORTEST_HEAD
    return [key[: 1 + length] for length in range(shortest, len(key))]


def prefixes_of(query: str) -> tuple[tuple[str, ...], ...]:
    """What to look for: for each word of the query the prefixes of which a patient must have one; empty for nothing.

    Digits are a part of a record number, the tail of a telephone (from three digits on), or its beginning (from five).
    """
    words = [plain(word) for word in unicodedata.normalize("NFKC", query[:LONGEST_QUERY]).split()]
    spoken = [word for word in words if word]
    if len(spoken) > 1 and all(word.isdecimal() for word in spoken):
        spoken = ["".join(spoken)]  # 138 0013 8000: one number, written in groups
    return tuple(_ways(word) for word in spoken[:MOST_WORDS])


def tails_of(words: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The same words, but each number only as a telephone's tail; empty where there is no such number."""
    narrowed = [[way for way in ways if way.startswith(TAIL)] or ways for ways in words]
    return narrowed if any(ways[0].startswith(TAIL) for ways in narrowed) else []


def too_wide(words: Sequence[Sequence[str]]) -> bool:
    """Whether none of several words narrows anything: letters alone, each the beginning of half of all names.

    One letter alone is quick, since the first twenty it meets will do; of several, the database may go through
    everybody to find that nobody has them all.
    """
    return len(words) > 1 and all(len(way) == 1 and way.isascii() for ways in words for way in ways)


def plain(text: str) -> str:
    """Letters and digits only, in small letters and one form: what keys and queries are compared by."""
    signs = unicodedata.normalize("NFKC", text).casefold()
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in signs if sign.isalnum())


def _ways(word: str) -> tuple[str, ...]:
    if not word.isdecimal():
        return (word,)
    ways = [word]
    national = word[2:] if word.startswith("86") and len(word) == len("8613800138000") else word
    if len(word) >= SHORTEST_TAIL:
        ways.append(TAIL + national[::-1])
    if len(word) >= SHORTEST_HEAD:
        ways.append(HEAD + national)
    return tuple(ways)


def _endings(words: str) -> Iterator[str]:
    return (words[start:] for start in range(len(words)))


def _readings(name: str) -> Iterator[tuple[str, ...]]:
    """The name's Chinese characters as syllables, in several readings; nothing for a name without any."""
    characters = [sign for sign in unicodedata.normalize("NFKC", name) if _is_chinese(sign)]
    if not characters:
        return
    surname = next((each for each in _SURNAMES if "".join(characters).startswith(each)), "")
    if surname:
        yield (*_SURNAMES[surname], *(_sounds(sign)[0] for sign in characters[len(surname) :]))
    backwards = (_sounds(sign) for sign in reversed(characters))  # so that the surname's readings change first
    yield from (sounds[::-1] for sounds in islice(product(*backwards), MOST_READINGS))


@lru_cache(maxsize=8192)  # asking the dictionary is most of the work, and names are made of few characters
def _sounds(character: str) -> tuple[str, ...]:
    """A character's syllables without tones, the most usual first; ü is found as v and as u (吕 is lv and lu)."""
    found: dict[str, None] = {}
    for sound in syllables_of(character):
        found[plain(sound)] = None
        if "v" in sound:
            found[sound.replace("v", "u")] = None
    return tuple(each for each in found if each) or (character,)


def _is_chinese(sign: str) -> bool:
    return "CJK UNIFIED" in unicodedata.name(sign, "") or sign == "〇"
