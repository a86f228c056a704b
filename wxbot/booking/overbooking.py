"""加号: staff put a visit beside another one, for a reason that is kept. Pure."""

from wxbot.actors import Actor
from wxbot.clinic.models import PractitionerId
from wxbot.errors import FieldErrors, ForbiddenError

LONGEST_REASON = 100  # characters


def overbooking_reason(reason: str | None, practitioner_id: PractitionerId | None, by: Actor) -> str:
    """The reason as it is kept; empty where nobody wants to overbook (None).

    Raises:
        ForbiddenError: somebody else than staff wants to.
        FieldErrors: no reason, a long one, or no practitioner named: somebody must have agreed to see two.
    """
    if reason is None:
        return ""
    if not by.is_staff:
        raise ForbiddenError("overbooking is for staff")
    words = " ".join(reason.split())
    if not words:
        raise FieldErrors({"overbooked": "请写明加号的原因，例如：医生同意加号，急性牙痛。"})
    if len(words) > LONGEST_REASON:
        raise FieldErrors({"overbooked": f"原因最多 {LONGEST_REASON} 个字，现在有 {len(words)} 个。"})
    if practitioner_id is None:
        raise FieldErrors({"practitioner_id": "加号要指定医生。"})
    return words
