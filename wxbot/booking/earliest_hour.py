"""From when and until when patients may book a visit type by its rules, in sentences for staff. Pure."""

from datetime import datetime

from wxbot.booking.availability import next_free
from wxbot.booking.models import Booker
from wxbot.booking.offered_hours import OfferedHours
from wxbot.booking.sentences import clock_words, day_words
from wxbot.booking.taken import Taken
from wxbot.booking.windows import Bookable
from wxbot.clinic.models import Clinic, VisitType

WHO = {Booker.RETURNING: "患者", Booker.NEW: "初诊患者"}


def earliest_sentences(kind: VisitType, clinic: Clinic, now: datetime) -> list[str]:
    """患者最早可约明天 9:00，最远到12月23日 周三: by the plan alone, without what is taken already.

    `kind` may differ from what the clinic has under its id. One sentence, or a second one for those who were never
    seen here, where their rules differ.
    """
    people = clinic.who_treats(kind.id)
    if kind.retired or not people:
        return ["还没有医生开展这个项目，患者约不到。" if not kind.retired else "这个项目已停用，患者约不到。"]
    hours = OfferedHours(clinic)
    sentences = []
    for booker in WHO if kind.new_window is not None else (Booker.RETURNING,):
        found = next_free(hours, people, kind, after=now, taken=Taken({}), now=now, count=1, booker=booker)
        if not found:
            sentences.append(f"{WHO[booker]}按这样的规则约不到任何时间，请检查出诊时间和下面的规则。")
            continue
        first = clock_words(found[0].start, clinic.timezone, now)
        last = day_words(Bookable.at(clinic, now, kind, booker).last)
        sentences.append(f"现在来约，{WHO[booker]}最早可约{first}，最远到{last}。")
    return sentences
