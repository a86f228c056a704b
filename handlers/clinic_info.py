"""诊所信息: where the clinic is, when it receives patients, how to reach it."""

from wxbot.clinic.weekly_hours import weekly_hours
from wxbot.dispatch.context import Context, Reply


async def clinic_info(context: Context) -> Reply:
    """Address, opening hours and telephone. A dialog stays open."""
    hours = weekly_hours(context.services.clinic)
    return Reply(template="clinic.info", variables={"hours": hours}, dialog=context.dialog)
