"""One normal form for everything patients write: width, script, marks, emoji and spaces made alike."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

from opencc import OpenCC

LONGEST_GROWTH = 2  # times the length of what was written: a single sign can stand for eighteen (U+FDFA)
MOST_PASSES = 8  # until nothing changes; two are usual
MOST_AT_A_TIME = 32  # texts that are in work
MOST_REMEMBERED, LONGEST_REMEMBERED = 2_000, 200  # messages and labels, and their characters

# What a sticker or an emoji says when it is the whole message. WeChat's own arrive as [OK].
_SAYS_YES = frozenset({"👌", "👍", "🆗", "✅", "✔", "☑", "🙆", "💯", "[ok]", "[强]", "[好的]", "[嘿哈]", "[点头]"})
_SAYS_NO = frozenset({"👎", "🙅", "❌", "❎", "✖", "🚫", "[弱]", "[no]", "[摇头]"})
_SAYS_THANKS = frozenset({"🙏", "🌹", "💐", "[合十]", "[抱拳]", "[玫瑰]", "[鲜花]", "[拥抱]", "[爱心]"})
_SAYS_STOP = frozenset({"🛑", "⛔"})
_STICKER = re.compile(r"\[(?:\s?[^\[\]\d\s]){1,6}\s?\]")  # blanks are no part of its name
_SIGNS = re.compile(f"{_STICKER.pattern}|[👌👍🆗✅✔☑🙆💯👎🙅❌❎✖🚫🛑⛔🙏🌹💐]")
_EMOJI = re.compile(
    "[\u2190-\u21ff\u2300-\u23ff\u2500-\u2775\u2794-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d"
    "\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0100-\U000e01ef\x00-\x08\x0e-\x1f\x7f]"
)

# What needs nothing taken away: characters, letters, digits and marks, of which full-width ones become plain.
_BARE = re.compile("[\u4e00-\u9fffA-Za-z0-9,.!?:;，。！？：；、]+")

# Numbers in circles and boxes become digits; two side by side are two numbers.
_KEYCAP = re.compile("([0-9])\ufe0f?\u20e3")
_ENCLOSED = (
    {chr(0x2460 + place): str(place + 1) for place in range(20)}  # ①
    | {chr(0x2776 + place): str(place + 1) for place in range(10)}  # ❶
    | {chr(0x2780 + place): str(place + 1) for place in range(10)}  # ➀
    | {chr(0x278A + place): str(place + 1) for place in range(10)}  # ➊
    | {chr(0x24F5 + place): str(place + 1) for place in range(10)}  # ⓵
    | {"⓪": "0", "🔟": "10"}
)
_NUMBER_SIGN = re.compile(f"[{''.join(_ENCLOSED)}]")
_SIDE_BY_SIDE = re.compile("(?<=\ue000)(?=\ue000)")

_ROUND_ZERO = re.compile("(?<=[\u3400-\u9fff])[○◯⚪⭕]|[○◯](?=[一二三四五六七八九十年])")  # 王○, 一九九○年
_BLACK_DOT = re.compile("(?<=[\u3400-\u9fff])●(?=[\u3400-\u9fff])")
MARKS = str.maketrans("，、；;。！？～—–―‐‑‒−﹣￣", ",,,,.!?~------" + "--~")
_SPACES = re.compile(r"\s+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d) (?=\d)")  # "1 2" is not 12

# Words of Taiwan, Hong Kong and of older writing that the script conversion leaves as they are.
_REGIONAL = (
    ("讯息", "信息"),
    ("简讯", "短信"),
    ("甚么", "什么"),
    ("妳", "你"),
    ("覆诊", "复诊"),
    ("覆查", "复查"),
    ("星期曰", "星期日"),
    ("听日", "明日"),
    ("琴日", "昨日"),
    ("寻日", "昨日"),
    ("唔好", "不要"),
    ("唔使", "不用"),
    ("唔得", "不行"),
    ("唔系", "不是"),
    ("唔", "不"),
    ("冇", "没"),
    ("喺", "在"),
    ("嘅", "的"),
    ("咗", "了"),
)
_REGIONAL_BY_WORD = dict(_REGIONAL)
_REGIONAL_WORDS = re.compile("|".join(word for word, _ in _REGIONAL) + "|(?<![显原名土专编])著(?![名作称书者录])")

# Sounds of thinking, wherever they stand, and words that fill only at the start of a clause.
_FILLER = re.compile(
    "[呃嗯]+"
    "|就是说|怎么说呢|那个啥|那啥"
    "|(?:(?<=^)|(?<=[,.!?~]))(?:(?:[那这]个(?!周|星期|礼拜|月|天|时)|就是|然后呢?|额+(?!头|外|度)|呐|诶+|欸+)(?:,|(?=[^,.!?~])))+"
)
_ONLY_SOUNDS = re.compile("[呃嗯]+[,.!?~]*")
_STUTTER = re.compile(
    "(我|你|您|他|她|要|约|是|就|那|这|能|对|嗯|啊|哈|呵|嘿|的)\\1+"
    "|(想)\\2+(?=约|预约|挂号|改|取消|洗|拔|补|咨询|问)"
    "|([好行不])\\3{2,}"
    "|(?<![^,.!?~])([好行])\\4+(?![^,.!?~])"
    "|((?:下?周|星期|礼拜)[一二三四五六日天])\\5+"
    "|((?:[二两三四五六七八九十]{1,3}|\\d{1,2})点半?)\\6+"
    "|((?![^一二两三四五六七八九十几下大半]?[一二两三四五六七八九十几下大半])[\u4e00-\u9fff]{2,4})\\7+"
)


@dataclass(frozen=True)
class Message:
    """A patient's words.

    `spaced` keeps single spaces (for names and 1990 5 12), `text` has none; both are folded, without fillers and
    repeated words. `written` is as the patient wrote it, script and capitals kept, without emoji and invisible signs:
    a name is kept from it.
    """

    raw: str
    spaced: str
    text: str
    written: str = ""

    @cached_property
    def words(self) -> str:
        """The text without any marks: what whole messages are compared by."""
        return self.text if self.text.isalnum() else "".join(filter(str.isalnum, self.text))


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")


def warm_up() -> None:
    """Load the tables of the script conversion, so that the first message does not wait for them."""
    _converter().convert("預約")


@lru_cache(maxsize=MOST_AT_A_TIME)
def simplified(text: str) -> str:
    """The text in simplified characters; a message is asked for again where its name and birthday are sought."""
    return text if text.isascii() else str(_converter().convert(text))


def normalise(raw: str) -> Message:
    """The message in its normal form; never longer than twice what was written.

    Doing it twice changes nothing. Numbers in signs are digits (1️⃣ and ① are 1), emoji and stickers are gone; where
    nothing else was written they become what they say (👍 is 好). Short ones are remembered: one message is asked for
    several times on its way, and people write the same all day.
    """
    return _remembered(raw) if len(raw) <= LONGEST_REMEMBERED else _normalised(raw)


def _normalised(raw: str) -> Message:
    if _BARE.fullmatch(raw):
        longest, written = LONGEST_GROWTH * len(raw), unicodedata.normalize("NFKC", raw)
    else:
        longest = LONGEST_GROWTH * _visible(raw)
        written = _written(raw, longest)
    spaced = _folded(written)
    settled = spaced == written and "[" not in spaced  # what one pass leaves as it is, another leaves as well
    for _ in range(0 if settled else MOST_PASSES):
        again = _folded(_STICKER.sub("", spaced))
        if again == spaced:
            break
        spaced = again
    spaced = spaced[: max(longest, 1)].strip()
    text = _BETWEEN_DIGITS.sub(",", spaced).replace(" ", "")
    if text != spaced:
        text = _settled(text)
    return Message(raw, spaced, text, written)


_remembered = lru_cache(maxsize=MOST_REMEMBERED)(_normalised)


def _visible(raw: str) -> int:
    """How many signs of the message can be seen, spaces apart."""
    return len(_SPACES.sub("", _INVISIBLE.sub("", raw)))


def _written(raw: str, longest: int) -> str:
    plain = _KEYCAP.sub(lambda found: chr(0x2460 + int(found[1]) - 1) if found[1] != "0" else "⓪", raw)
    if _NUMBER_SIGN.search(plain):
        marked = _NUMBER_SIGN.sub(lambda found: f"\ue000{_ENCLOSED[found[0]]}\ue000", plain)
        plain = _SIDE_BY_SIDE.sub(",", marked).replace("\ue000", "")
    plain = _BLACK_DOT.sub("·", _ROUND_ZERO.sub("〇", plain))
    plain = _SPACES.sub(" ", unicodedata.normalize("NFKC", _INVISIBLE.sub("", plain)))[:longest]
    without = _EMOJI.sub("", _STICKER.sub("", plain))
    if len(without) != len(plain) and not any(sign.isalnum() for sign in without):
        without = _said_by_signs(plain)
    return _SPACES.sub(" ", without).strip()


def _said_by_signs(plain: str) -> str:
    """What a message of emoji and stickers only says; nothing when they say different things."""
    signs = {sign.casefold() for sign in _SIGNS.findall(plain)}
    meanings = [
        word
        for word, known in (("好", _SAYS_YES), ("不", _SAYS_NO), ("谢谢", _SAYS_THANKS), ("停", _SAYS_STOP))
        if not known.isdisjoint(signs)
    ]
    if meanings == ["好", "谢谢"]:
        meanings = ["好"]
    return meanings[0] if len(meanings) == 1 else ""


def _folded(text: str) -> str:
    plain = simplified(text).casefold().translate(MARKS)
    plain = _composed(plain)
    plain = _without_fillers(_without_repetition(_standard(plain)))
    return _SPACES.sub(" ", plain).strip()


def _standard(text: str) -> str:
    return _REGIONAL_WORDS.sub(lambda found: _REGIONAL_BY_WORD.get(found[0], "着"), text)


def _composed(text: str) -> str:
    return text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)


def _settled(text: str) -> str:
    """Without spaces words meet that were apart: 我 我 is 我我, 听 日 is 听日."""
    for _ in range(MOST_PASSES):
        again = _without_fillers(_without_repetition(_standard(_composed(simplified(text)))))
        if again == text:
            break
        text = again
    return text


def _without_repetition(text: str) -> str:
    return _STUTTER.sub(lambda found: next(group for group in found.groups() if group is not None), text)


def _without_fillers(text: str) -> str:
    without = _FILLER.sub("", text)
    if any(map(str.isalnum, without)):
        return without.lstrip(",. ") if without != text else text
    return _ONLY_SOUNDS.sub("嗯", text, count=1) if _ONLY_SOUNDS.fullmatch(text) else text
