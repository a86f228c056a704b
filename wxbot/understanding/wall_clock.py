"""Hours and parts of the day, and which wall-clock times they may mean together."""

from datetime import time

from wxbot.understanding.numerals import number

MORNING, NOON, AFTERNOON, EVENING, NIGHT = "上午", "中午", "下午", "晚上", "凌晨"
PARTS = {
    **dict.fromkeys(("凌晨", "半夜", "深夜", "后半夜"), NIGHT),
    **dict.fromkeys(
        (
            "大清早",
            "清早",
            "清晨",
            "一大早",
            "一早",
            "大早上",
            "早上",
            "早晨",
            "早间",
            "上午",
            "头午",
            "午前",
            "朝早",
            "上昼",
            "早",
            "上",
        ),
        MORNING,
    ),
    **dict.fromkeys(("中午", "正午", "午间", "晌午"), NOON),
    **dict.fromkeys(("下午", "午后", "傍晚", "黄昏", "后晌", "傍黑", "下昼", "晏昼", "下"), AFTERNOON),
    **dict.fromkeys(
        ("晚上", "晚间", "夜晚", "夜里", "夜间", "下班后", "下班以后", "下班之后", "下了班", "放学后", "晚"), EVENING
    ),
}
HALF_DAY_HOURS = 12
LAST_HOUR_AFTER_NOON = 3  # 中午1点 is 13:00, 中午11点 is 11:00
FIRST_EVENING_HOUR = 5  # 晚上2点 is in the night
HOURS = 24
MINUTES = 60
_MINUTE_WORDS = {"半": 30, "一刻": 15, "1刻": 15, "三刻": 45, "3刻": 45, "整": 0}


def wall_clock(hour: int, minute: int, part: str | None) -> tuple[time, ...]:
    """The times that an hour may mean: two where no part of the day was said; none when it cannot be."""
    if hour > HOURS or minute >= MINUTES:
        return ()
    if part == MORNING:
        hours = [hour] if hour <= HALF_DAY_HOURS else []
    elif part == NOON:
        hours = [hour + HALF_DAY_HOURS if 0 < hour <= LAST_HOUR_AFTER_NOON else hour]
    elif part == AFTERNOON:
        hours = [hour + HALF_DAY_HOURS if 0 < hour < HALF_DAY_HOURS else hour]
    elif part == EVENING:
        hours = [hour + HALF_DAY_HOURS if FIRST_EVENING_HOUR <= hour < HALF_DAY_HOURS else hour]
        hours = [0 if hour == HALF_DAY_HOURS else each for each in hours]
    elif part == NIGHT:
        hours = [hour + HALF_DAY_HOURS if LAST_HOUR_AFTER_NOON * 3 <= hour < HALF_DAY_HOURS else hour % HALF_DAY_HOURS]
    elif hour == 0 or hour >= HALF_DAY_HOURS:
        hours = [hour]
    else:
        hours = [hour, hour + HALF_DAY_HOURS]
    return tuple(time(each % HOURS, minute) for each in hours)


def minutes(words: str | None) -> int:
    """半, 一刻, 十五分; 60 for what is no number of minutes."""
    if not words:
        return 0
    if words in _MINUTE_WORDS:
        return _MINUTE_WORDS[words]
    value = number(words.removesuffix("分").removeprefix("零") or "零")
    return MINUTES if value is None else value
