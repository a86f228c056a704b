"""Which passwords are good enough: long, not built from what everybody tries, nor from what is known of the person.

Guesses are estimated by zxcvbn (https://github.com/dropbox/zxcvbn), with its lists of common passwords, names, words
and keyboard patterns, the words of config/passwords.toml, and what the account is called (ASVS 4.0.3, requirements
2.1.1, 2.1.2, 2.1.7 and 2.1.9: length and commonness count, composition does not). Pure.
"""

import unicodedata
from collections.abc import Iterator, Sequence

from wxbot.pinyin import syllables_in

SHORTEST = 12  # characters
LONGEST = 128  # characters: hashing is not for books
FEWEST_DIFFERENT = 5  # characters; "1111111111" and "1212121212" are none
SHORTEST_NAME = 4  # characters of a login or name that a password must not contain; shorter ones occur by chance
LOWEST_SCORE = 4  # of zxcvbn's 0 to 4: from ten thousand million guesses on; of a word, a year and !!! it gives 3
MOST_WEIGHED = 72  # characters that zxcvbn looks at

COMMON = "这个密码太常见，很容易被猜到。请不要用常见的词、姓名、日期或连续的按键，可以把几个不相关的词连起来。"


def spelled(password: str) -> str:
    """One spelling for what different keyboards type: NFKC."""
    return unicodedata.normalize("NFKC", password)


def problem_of(password: str, *, login: str = "", name: str = "", clinic: str = "", words: Sequence[str] = ()) -> str:
    """Why a password is not good enough, in words for staff; empty when it is.

    `words` are common ones beside those of the package, the most usual first. Takes up to some ten milliseconds, and
    more the first time.
    """
    text = spelled(password)
    plain = text.casefold()
    if len(text) < SHORTEST:
        return f"密码至少 {SHORTEST} 个字符。可以用几个不相关的词连起来，既好记又安全。"
    if len(text) > LONGEST:
        return f"密码最多 {LONGEST} 个字符。"
    if len(set(plain)) < FEWEST_DIFFERENT:
        return COMMON
    for word, what in ((login, "登录名"), (name, "姓名"), (clinic, "诊所名称")):
        short = SHORTEST_NAME if word.isascii() else 2
        if len(word) >= short and word.casefold() in plain:
            return f"密码里不要包含{what}，请换一个。"
    known = [*_spoken(login, name, clinic), *words]
    return "" if _score(text, known) >= LOWEST_SCORE else COMMON


def _score(text: str, known: Sequence[str]) -> int:
    from zxcvbn import zxcvbn  # noqa: PLC0415 - reads its lists: a twentieth of a second that most starts need not spend

    return int(zxcvbn(text[:MOST_WEIGHED], user_inputs=list(known))["score"])


def _spoken(login: str, name: str, clinic: str) -> Iterator[str]:
    """What the account and the clinic are called, also in pinyin and by its initials."""
    for word in (login, name, clinic):
        if not word:
            continue
        yield word.casefold()
        if not word.isascii():
            sounds = syllables_in(word)
            yield "".join(sounds)
            yield from (sound for sound in sounds if len(sound) > 1)
            yield "".join(sound[0] for sound in sounds)
