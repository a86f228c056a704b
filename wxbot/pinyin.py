"""How Chinese characters are spoken, by pypinyin: a sign for itself, or the signs of a name or title in their phrases.

As it comes, the library holds 55 MB, most of them its 47,000 phrases, by which 重 is read chóng in 重庆. Single signs
need none of them, and no message of a patient asks for more; so phrases are read at their first use.
"""

import os
from collections.abc import Collection
from functools import lru_cache

os.environ["PYPINYIN_NO_PHRASES"] = os.environ["PYPINYIN_NO_DICT_COPY"] = "1"  # asked for as the library is imported

import pypinyin
from pypinyin.constants import PHRASES_DICT


def syllable_of(sign: str) -> str:
    """How one sign is spoken most often, without its tone; the sign itself where it has no sound."""
    return str(pypinyin.lazy_pinyin(sign)[0])


def syllables_of(sign: str) -> tuple[str, ...]:
    """Every way in which one sign is spoken, without tones, the most usual first; the sign itself without a sound."""
    return tuple(pypinyin.pinyin(sign, style=pypinyin.Style.NORMAL, heteronym=True)[0])


def syllables_in(text: str) -> list[str]:
    """How each sign of a text is spoken there, without tones; what is not Chinese in one piece, as it is."""
    phrases()
    return list(pypinyin.lazy_pinyin(text))


def first_letters_in(text: str) -> list[str]:
    """The first letter of each sign as it is spoken there; what is not Chinese in one piece, as it is."""
    phrases()
    return list(pypinyin.lazy_pinyin(text, style=pypinyin.Style.FIRST_LETTER))


@lru_cache(maxsize=1)
def phrases() -> Collection[str]:
    """The phrases that the library knows. The first time takes 0.15 s and 40 MB."""
    from pypinyin.phrases_dict import phrases_dict  # noqa: PLC0415 - what most processes never need

    pypinyin.load_phrases_dict(phrases_dict)
    return PHRASES_DICT.keys()
