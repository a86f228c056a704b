"""While a colleague has the chat: what the patient says is for them, and the bot stays silent.

Danger signs, complaints and refusals are met before; taps and the account's menu lead where they always do. Where the
desk is closed and nobody has answered since it closed, the first words are told once when somebody does (A2-87).
"""

from dataclasses import replace

from handlers.handoff import answered_when, desk_time, told_opening
from wxbot.dispatch import updates as u
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.router import Route, Router


async def leave_to_colleague(context: Context) -> Reply | None:
    """Nothing is said; the desk hears of it by itself (dispatch/talks.py)."""
    told, episode = told_opening(context), context.episode
    if not told or episode is None:
        return None
    hours = desk_time(context)
    since_closing = (
        at is not None and hours.elapsed(at, context.now).total_seconds() == 0 and not hours.is_open(at)
        for at in (episode.patient_at, episode.staff_at, episode.owner_since)
    )
    if any(since_closing):  # told already, or somebody is there in spite of the hour
        return None
    return replace(answered_when(context), beside_a_person=True)


def _for_colleague(context: Context) -> bool:
    return context.with_a_person and u.is_said(context.update)


ROUTER = Router(name="conversation", routes=(Route(u.PatientMessage, leave_to_colleague, (_for_colleague,)),))
