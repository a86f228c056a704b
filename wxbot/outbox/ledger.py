"""The rights ledger: what a patient's own actions allow us to send, and for how long.

The platform publishes budgets, not a way to ask for the balance, and does not say whether they add up
(reference §4.1). The model: every action lifts the remaining count and the time to at least its own quota,
every send takes one, and the platform's refusals 45015 and 45047 are the truth.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from wxbot.outbox.models import Rights

WINDOW_CLOSED = 45015  # the reply window is over, or the patient unfollowed
COUNT_USED_UP = 45047  # the window's messages are used up
NOTICE_REFUSED = 43101  # not subscribed, accepts used up, or refused: the grant does not come back


class Action(StrEnum):
    """What a patient did, as far as it opens a budget."""

    MESSAGE = "message"  # wrote or sent anything
    MENU_TAP = "menu_tap"  # click or scancode entries of the account menu, and entries of a menu message
    FOLLOW = "follow"
    SCAN = "scan"  # a follower scanned a scene QR


@dataclass(frozen=True)
class Allowance:
    """What one action opens: how many customer-service messages, for how long."""

    messages: int
    lasts: timedelta


ALLOWANCES: Mapping[Action, Allowance] = {
    Action.MESSAGE: Allowance(5, timedelta(hours=48)),
    Action.MENU_TAP: Allowance(3, timedelta(minutes=1)),
    Action.FOLLOW: Allowance(3, timedelta(minutes=1)),
    Action.SCAN: Allowance(3, timedelta(minutes=1)),
}
MOST = max(allowance.messages for allowance in ALLOWANCES.values())  # no budget is ever larger
EARLIER = timedelta(seconds=30)  # our own choice: so much of 48 hours is given away to save a write for each message


def is_open(rights: Rights, at: datetime) -> bool:
    """Whether the customer-service window is open at `at`, whatever is left in it."""
    return rights.customer_until is not None and rights.customer_until > at


def can_send_customer(rights: Rights, at: datetime) -> bool:
    """Whether a customer-service message may leave at `at`."""
    return is_open(rights, at) and rights.customer_left > 0


def is_full(rights: Rights, action: Action, at: datetime) -> bool:
    """Whether the page says all that the patient's action at `at` opens, so that it may stay as it is.

    Of a long window the last seconds (`EARLIER`) are given away. Nothing that left is still to be answered for while
    the budget is full, so `acted_at` may stay as well.
    """
    if rights.customer_until is None or rights.customer_left < MOST:
        return False
    lasts = ALLOWANCES[action].lasts
    return rights.customer_until >= at + (lasts - EARLIER if lasts > timedelta(hours=1) else lasts)


def after_action(rights: Rights, action: Action, at: datetime, sent_since: int = 0) -> Rights:
    """The ledger after the patient's action at `at`.

    `sent_since`: how many messages left after the action and before it was noted here. The platform took them from what
    the action had opened there. A page that is full already stays as it is.
    """
    if is_full(rights, action, at):
        return rights
    allowance = ALLOWANCES[action]
    until = at + allowance.lasts
    left = rights.customer_left if is_open(rights, at) else 0
    if rights.customer_until is not None:
        until = max(until, rights.customer_until)
    acted_at = at if rights.acted_at is None else max(rights.acted_at, at)
    opened = max(0, allowance.messages - sent_since)
    return replace(rights, customer_left=max(left, opened), customer_until=until, acted_at=acted_at)


def after_send(rights: Rights) -> Rights:
    """The ledger after one customer-service message left; never below zero."""
    return replace(rights, customer_left=max(0, rights.customer_left - 1))


def after_return(rights: Rights) -> Rights:
    """The ledger after the platform refused a message for a reason that spends nothing; never above a full budget."""
    return replace(rights, customer_left=min(MOST, rights.customer_left + 1))


def after_refusal(rights: Rights, code: int, sent_at: datetime) -> Rights:
    """The ledger after the platform refused a message sent at `sent_at`: 45015 closes the window, 45047 empties it.

    Other codes change nothing, and neither does a refusal when the patient has acted since the message was sent.
    """
    if rights.acted_at is not None and rights.acted_at > sent_at:
        return rights
    if code == WINDOW_CLOSED:
        return replace(rights, customer_left=0, customer_until=sent_at)
    if code == COUNT_USED_UP:
        return replace(rights, customer_left=0)
    return rights


def can_send_notice(rights: Rights, template_id: str) -> bool:
    """Whether an accepted subscription to this template is still unused."""
    return rights.grants.get(template_id, 0) > 0


def after_notice_answer(rights: Rights, template_id: str, *, accepted: bool) -> Rights:
    """One more grant per accept; a refusal, or switching it off in the settings, ends them all (reference §6.1)."""
    left = rights.grants.get(template_id, 0) + 1 if accepted else 0
    return replace(rights, grants={**rights.grants, template_id: left})


def after_notice_sent(rights: Rights, template_id: str) -> Rights:
    """One grant less; never below zero."""
    return replace(rights, grants={**rights.grants, template_id: max(0, rights.grants.get(template_id, 0) - 1)})


def after_notice_failed(rights: Rights, template_id: str, code: int | None) -> Rights:
    """A failed notice gives its grant back, except when the platform says that there is none (43101)."""
    left = 0 if code == NOTICE_REFUSED else rights.grants.get(template_id, 0) + 1
    return replace(rights, grants={**rights.grants, template_id: left})
