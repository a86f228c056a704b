"""What an answer may name, filled from the clinic as it stands. Pure."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from wxbot.clinic.models import Clinic, VisitType, VisitTypeId
from wxbot.clinic.prices import price_list, price_words
from wxbot.clinic.weekly_hours import weekly_hours
from wxbot.questions.models import Question
from wxbot.templates.rendering import Wording

LONGEST_BYTES = 1400  # of UTF-8: a reply holds 2048 in all (reference §1.6); entries to tap need room beside it


def offered(clinic: Clinic) -> tuple[VisitType, ...]:
    """The visit types that patients may book now."""
    return tuple(kind for kind in clinic.visit_types if clinic.who_offers(kind.id))


def _holidays(clinic: Clinic) -> str:
    return "法定节假日休息。" if clinic.closed_on_statutory_holidays else "法定节假日照常接诊。"


def _durations(clinic: Clinic) -> str:
    return "\n".join(f"{kind.name} 约 {kind.minutes} 分钟" for kind in offered(clinic))


def _doctors(clinic: Clinic) -> str:
    return "\n".join(
        f"{person.name} {person.title}，{person.speciality}" for person in clinic.practitioners if not person.retired
    )


GENERAL: Mapping[str, tuple[str, Callable[[Clinic], str]]] = {
    "clinic_name": ("诊所名称", lambda clinic: clinic.name),
    "clinic_phone": ("诊所电话", lambda clinic: clinic.phone),
    "clinic_address": ("诊所地址", lambda clinic: clinic.address),
    "privacy_contact": ("隐私联系方式", lambda clinic: clinic.privacy_contact),
    "hours": ("每周接诊时间", weekly_hours),
    "holidays": ("法定节假日是否休息，一句话", _holidays),
    "booking_days": ("最多可提前预约的天数", lambda clinic: str(clinic.horizon_days)),
    "price_list": ("全部项目的参考价格，每个一行", lambda clinic: price_list(offered(clinic))),
    "duration_list": ("全部项目的时长，每个一行", _durations),
    "visit_types": ("可以预约的项目", lambda clinic: "、".join(kind.name for kind in offered(clinic))),
    "doctors": ("医生，每位一行", _doctors),
}
NAMED: Mapping[str, tuple[str, Callable[[VisitType], str]]] = {
    "visit_type": ("问到的项目", lambda kind: kind.name),
    "price": ("这个项目的参考价格", price_words),
    "minutes": ("这个项目的时长（分钟）", lambda kind: str(kind.minutes)),
    "bring": ("这个项目的就诊提示", lambda kind: f"{kind.bring}。" if kind.bring else ""),
}


def filled(question: Question, clinic: Clinic, visit_types: tuple[str, ...] = ()) -> str:
    """The answer for patients; where visit types are named, a paragraph for each.

    Raises WordingError for an answer that names what nothing fills.
    """
    kinds = [kind for each in visit_types if (kind := clinic.visit_type(VisitTypeId(each))) is not None]
    named = bool(question.answer_named and kinds)
    wording = _compiled(question.answer_named if named else question.answer)
    general = {name: GENERAL[name][1](clinic) for name in wording.variables & GENERAL.keys()}
    if not named:
        return wording.fill(general)
    texts = [wording.fill(general | {name: fill(kind) for name, (_, fill) in NAMED.items()}) for kind in kinds]
    return "\n".join(dict.fromkeys(texts))


@lru_cache(maxsize=256)
def _compiled(answer: str) -> Wording:
    return Wording(answer)
