"""The rules for every marketing message, however it was enqueued. Pure.

Marketing is refused to a patient who is in dispute, objects, has not recovered (A1-23, A1-31) or has said "不需要"
(A4-20), before there was any care (A1-29), without three care contacts since the last offer, and above its share of
what a patient receives (A1-39).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from wxbot.clinic.models import SendingRules
from wxbot.messaging import Purpose
from wxbot.outbox.contact_history import LOOK_BACK, ContactHistory, SentMessage
from wxbot.outbox.hold_effects import HOLD_REASONS, Occasion, hold_against
from wxbot.patients.birthdays import may_be_greeted
from wxbot.patients.models import HoldKind, Patient, Relation

MONTH = timedelta(days=30)
IN_A_ROW = 3  # so many messages, all of them marketing: one more and the clinic is blocked (A1-39)

CARE_PER_OFFER = 3  # care contacts between one marketing message and the next (A1-39)

UNRECOVERED = "unrecovered"
DECLINED = "declined"
UNDER_AGE = "under_age"
NO_CARE = "no_care"
MONTHLY_CAP = "marketing_cap"
IN_ROW = "marketing_in_a_row"
SHARE = "marketing_share"
BETWEEN = "marketing_between"


_HELD: Mapping[HoldKind, str] = {
    HoldKind.OBJECTION: "{whose}对效果有异议，先处理好再说别的，不发营销内容",
    HoldKind.UNRECOVERED: "{whose}还没有恢复（{reason}），不发营销内容",
    HoldKind.ADVERSE: "{whose}有不良反应（{reason}），先处理好再说别的，不发营销内容",
    HoldKind.DECEASED: "{whose}已去世，不发营销内容",
    HoldKind.OPTED_OUT: "{whose}说过不愿接收（{reason}），不发营销内容",
}
_HELD_OTHERWISE = "{whose}有未了结的事（{reason}），暂停发送"


def refusal(
    patient_id: str | None, history: ContactHistory, rules: SendingRules, now: datetime, today: date
) -> tuple[str, str] | None:
    """Why a marketing message may not leave: a code, and words for staff; None when it may.

    `patient_id` is whom the message is about, if anybody; `today` is the clinic's local date.
    """
    for patient in history.patients:
        personal = personal_refusal(patient, patient_id, history.treated.get(patient.id), rules, now, today)
        if personal is not None:
            return personal
    return _too_much(history, rules, now)


def personal_refusal(  # noqa: PLR0913, PLR0917 - what stands about one patient
    patient: Patient,
    patient_id: str | None,
    treated: datetime | None,
    rules: SendingRules,
    now: datetime,
    today: date,
) -> tuple[str, str] | None:
    """Why nothing is offered to one patient, in a message or by a person at the desk: a code, and words for staff.

    `treated` is when their latest treatment with aftercare began; `patient_id` as for `refusal`.
    """
    whose = "患者" if patient_id in {None, patient.id} else "同一位联系人的另一位就诊人"
    held = hold_against([patient], Occasion.MARKETING, now)
    if held is not None:
        hold = held[1]
        return HOLD_REASONS[hold.kind], _HELD.get(hold.kind, _HELD_OTHERWISE).format(whose=whose, reason=hold.reason)
    if treated is not None and treated > now - timedelta(days=rules.recovery_days) and not _recovered(patient, treated):
        return UNRECOVERED, f"{whose}还在恢复期，没有记录已恢复，不发营销内容"
    declined = patient.offers_declined_at
    if declined is not None and declined > now - timedelta(days=rules.decline_days):
        return DECLINED, f"{whose}说过不需要，{rules.decline_days} 天内不再推荐"
    if (patient.id == patient_id or patient.relation is Relation.SELF) and _is_minor(patient, today):
        return UNDER_AGE, f"{whose}不满 14 周岁，不发营销内容"
    return None


def _recovered(patient: Patient, treated: datetime) -> bool:
    return patient.recovered is not None and patient.recovered.at >= treated


def _is_minor(patient: Patient, today: date) -> bool:
    return patient.birthday is not None and not may_be_greeted(patient.birthday, today)


def _too_much(history: ContactHistory, rules: SendingRules, now: datetime) -> tuple[str, str] | None:
    lately = [each for each in history.sent if now - LOOK_BACK <= each.at <= now]
    last_treated = max((at for at in history.treated.values() if at <= now), default=now - LOOK_BACK)
    if not any(_is_care(each) and each.at >= last_treated for each in lately):
        return NO_CARE, "最近一次治疗后（或 90 天内）还没有关怀过，先关怀、后推荐"
    sent = [each for each in lately if each.purpose is Purpose.MARKETING]
    in_month = sum(1 for each in sent if each.at > now - MONTH)
    if in_month >= rules.marketing_per_30_days:
        return MONTHLY_CAP, f"30 天内已发过 {in_month} 条营销消息，达到上限"
    newest = sorted(lately, key=lambda each: each.at, reverse=True)[:IN_A_ROW]
    if len(newest) == IN_A_ROW and all(each.purpose is Purpose.MARKETING for each in newest):
        return IN_ROW, f"最近 {IN_A_ROW} 条都是营销消息，先关怀再说"
    if _above_share(lately, rules.marketing_share_percent):
        return SHARE, f"再发一条，营销消息就超过 90 天内所收消息的 {rules.marketing_share_percent}%"
    latest = max((each.at for each in sent), default=None)
    if latest is not None:
        between = sum(1 for each in lately if _is_care(each) and each.at > latest)
        if between < CARE_PER_OFFER:
            return BETWEEN, f"上一条营销消息之后只关怀过 {between} 次，满 {CARE_PER_OFFER} 次再推荐"
    return None


def _is_care(departure: SentMessage) -> bool:
    """A greeting is no care: nothing was asked or looked after."""
    return departure.purpose is Purpose.CARE and not departure.greeting


def _above_share(lately: Sequence[SentMessage], percent: int) -> bool:
    """Whether one more marketing message would be above the share.

    A share of very few says nothing: the first one in 90 days, which always follows care, passes while any share
    is allowed at all; from the second on the share is counted with the message itself.
    """
    marketing = sum(1 for each in lately if each.purpose is Purpose.MARKETING)
    if marketing == 0:
        return percent <= 0
    return (marketing + 1) * 100 > percent * (len(lately) + 1)
