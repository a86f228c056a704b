"""What may be recorded of a deposit, and what it makes of an appointment. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, Deposit, DepositMethod, DepositOutcome
from wxbot.errors import FieldErrors

MOST = 10_000_000  # 分: a hundred thousand yuan; more is a slip
LONGEST_REASON = 200  # characters
LONGEST_AMOUNT = 12  # characters of what is typed
WITH_REASON = frozenset({DepositOutcome.REFUNDED, DepositOutcome.KEPT})
SETTLING = (DepositOutcome.REFUNDED, DepositOutcome.KEPT, DepositOutcome.USED)  # besides the transfer
ALREADY = "这次预约已经有一笔押金，请先处理那一笔。"
NOT_STANDING = "这次预约已经取消或结束，不能再收押金。"
SETTLED = "这笔押金已经处理过了。"


@dataclass(frozen=True, kw_only=True)
class DepositTotals:
    """What was taken and given back between two moments, in 分 and in deposits."""

    received: int
    received_count: int
    refunded: int
    refunded_count: int
    by_method: tuple[tuple[str, int], ...]  # label → 分 received less what was refunded, the methods in their order


def amount_of(typed: str) -> int:
    """What was typed in yuan, as 分: 200, 99.5, ￥300元. Raises FieldErrors."""
    words = typed.strip().removeprefix("¥").removeprefix("￥").removesuffix("元").strip()
    wrong = FieldErrors({"amount": "金额写数字，单位元，最多两位小数，例如 200 或 99.50。"})
    if not words or len(words) > LONGEST_AMOUNT or not words.replace(".", "", 1).isascii():
        raise wrong
    if not words.replace(".", "", 1).isdigit():
        raise wrong
    try:
        amount = Decimal(words) * 100
    except InvalidOperation:
        raise wrong from None
    if amount != amount.to_integral_value():
        raise wrong
    if not 0 < amount <= MOST:
        raise FieldErrors({"amount": f"金额要大于 0，最多 {MOST // 100} 元。"})
    return int(amount)


def yuan(amount: int) -> str:
    """200, 99.50: an amount of 分 as people write it in yuan."""
    whole, cents = divmod(amount, 100)
    return f"{whole}.{cents:02d}" if cents else str(whole)


def deposit_words(deposit: Deposit) -> str:
    """200元 微信 已退：患者改去外地."""
    words = f"{yuan(deposit.amount)}元 {deposit.method.label} {deposit.outcome.label}"
    return f"{words}：{deposit.reason}" if deposit.reason else words


def received(before: Appointment, deposit: Deposit) -> Appointment:
    """The appointment with a deposit taken for it. Raises FieldErrors (over, or one is held already)."""
    if not before.live:
        raise FieldErrors({"": NOT_STANDING})
    if before.held_deposit is not None:
        raise FieldErrors({"": ALREADY})
    return _changed(before, (*before.deposits, deposit))


def settled(  # noqa: PLR0913 - one fact each
    before: Appointment, deposit_id: str, outcome: DepositOutcome, reason: str, *, by: str, now: datetime
) -> Appointment:
    """The appointment with its held deposit decided about. Raises FieldErrors (no reason, decided already)."""
    held = before.held_deposit
    if held is None or held.id != deposit_id:
        raise FieldErrors({"": SETTLED})
    words = reason_of(outcome, reason)
    after = replace(held, outcome=outcome, reason=words, settled_at=now, settled_by=by)
    return _changed(before, tuple(after if each.id == held.id else each for each in before.deposits))


def reason_of(outcome: DepositOutcome, reason: str) -> str:
    """The reason as it is kept. Raises FieldErrors: none where one is needed, or a long one."""
    words = " ".join(reason.split())
    if outcome in WITH_REASON and not words:
        raise FieldErrors({"deposit_reason": "请写明退或不退押金的原因。"})
    if len(words) > LONGEST_REASON:
        raise FieldErrors({"deposit_reason": f"原因最多 {LONGEST_REASON} 个字，现在有 {len(words)} 个。"})
    return words


def carried(held: Deposit, origin: AppointmentId, deposit_id: str) -> Deposit:
    """The same money, held for another appointment."""
    return replace(held, id=deposit_id, moved_from=held.moved_from or origin)


def undecided(appointment: Appointment) -> bool:
    """Whether a deposit is held for a visit that does not take place."""
    gone = {AppointmentState.CANCELLED, AppointmentState.NO_SHOW}
    return appointment.state in gone and appointment.held_deposit is not None


def totals(appointments: Iterable[Appointment], start: datetime, end: datetime) -> DepositTotals:
    """What was taken and refunded in [start, end). A transferred deposit was taken once, for the first visit."""
    deposits = [each for appointment in appointments for each in appointment.deposits]
    taken = [each for each in deposits if each.moved_from is None and start <= each.received_at < end]
    back = [
        each
        for each in deposits
        if each.outcome is DepositOutcome.REFUNDED and each.settled_at is not None and start <= each.settled_at < end
    ]
    by_method = (
        (
            method.label,
            sum(each.amount for each in taken if each.method is method)
            - sum(each.amount for each in back if each.method is method),
        )
        for method in DepositMethod
    )
    return DepositTotals(
        received=sum(each.amount for each in taken),
        received_count=len(taken),
        refunded=sum(each.amount for each in back),
        refunded_count=len(back),
        by_method=tuple((label, amount) for label, amount in by_method if amount),
    )


def _changed(before: Appointment, deposits: tuple[Deposit, ...]) -> Appointment:
    """A later version for the same hour: a move that was under way meanwhile must be begun again."""
    return replace(before, deposits=deposits, version=before.version + 1, hour_version=before.standing_since)
