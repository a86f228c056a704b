"""Which greeting and which farewell a day asks for: weekend, festival, make-up workday (A2-30). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from wxbot.clinic.models import Clinic
from wxbot.clinic.workdays import holiday_name, is_workday
from wxbot.labels import LabelledEnum

FRIDAY = 4  # date.weekday() of the day on which a weekend is wished for when Saturday is off


class Occasion(LabelledEnum):
    """What a day is to say goodbye on; the value is the end of the sentence's key."""

    PLAIN = ("plain", "平日")
    WEEKEND = ("weekend", "周末")
    HOLIDAY = ("holiday", "节假日")
    SOLEMN = ("solemn", "清明等")  # nobody is wished a merry one


@dataclass(frozen=True, kw_only=True)
class Sentences:
    """The sentences of config/endings.toml; `{clinic}` and `{holiday}` are filled in."""

    by_key: Mapping[str, str] = field(default_factory=dict)
    solemn: tuple[str, ...] = ()  # holidays that are not merry

    def plain(self, key: str, clinic: Clinic | None = None) -> str:
        """The sentence of that key; empty where there is none."""
        return self.by_key.get(key, "").replace("{clinic}", clinic.name if clinic is not None else "")

    def farewell(self, now: datetime, clinic: Clinic) -> str:
        """How to say goodbye at that moment."""
        return self._of_day("farewell", now, clinic)

    def greeting(self, now: datetime, clinic: Clinic) -> str:
        """How to say hello at that moment."""
        return self._of_day("greeting", now, clinic)

    def _of_day(self, key: str, now: datetime, clinic: Clinic) -> str:
        today = now.astimezone(clinic.timezone).date()
        occasion, holiday = occasion_of(today, clinic, self.solemn)
        chosen = key if occasion is Occasion.PLAIN else f"{key}_{occasion.value}"
        return self.plain(chosen, clinic).replace("{holiday}", holiday)


def occasion_of(day: date, clinic: Clinic, solemn: tuple[str, ...] = ()) -> tuple[Occasion, str]:
    """What a day is, and the holiday's name. A Saturday that is worked (调休) is a plain day.

    On a Friday before a weekend that is off, the weekend is wished for; on the last workday before a holiday, the
    holiday.
    """
    tomorrow = day + timedelta(days=1)
    for each in (day, tomorrow):
        if name := holiday_name(each, clinic.year_table(each.year)):
            return (Occasion.SOLEMN if name in solemn else Occasion.HOLIDAY), name
    if not is_workday(day, clinic.year_table(day.year)):
        return Occasion.WEEKEND, ""
    if day.weekday() == FRIDAY and not is_workday(tomorrow, clinic.year_table(tomorrow.year)):
        return Occasion.WEEKEND, ""
    return Occasion.PLAIN, ""
