"""A birthday as people say it back: 1990年5月12日, 农历1990年八月十五. Pure."""

from wxbot.patients.models import Birthday, Calendar

_MONTHS = ("正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊")
_DIGITS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十")


def birthday_sentence(birthday: Birthday) -> str:
    """The birthday in the calendar it is stored in."""
    if birthday.calendar is Calendar.SOLAR:
        return f"{birthday.year}年{birthday.month}月{birthday.day}日"
    leap = "闰" if birthday.leap_month else ""
    return f"农历{birthday.year}年{leap}{_MONTHS[birthday.month - 1]}月{_lunar_day(birthday.day)}"


def _lunar_day(day: int) -> str:
    """初一 … 初十, 十一 … 二十, 廿一 … 三十."""
    tens, ones = divmod(day - 1, 10)
    if ones == 9:  # noqa: PLR2004 - the tenth of each ten has its own name
        return ("初十", "二十", "三十")[tens]
    return ("初", "十", "廿")[tens] + _DIGITS[ones]
