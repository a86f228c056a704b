"""诊所信息: where the clinic is, when it receives patients, how to reach it; and what it stores of patients."""

from wxbot.clinic.weekly_hours import weekly_hours
from wxbot.dispatch.context import Context, Reply

NOTICE = "welcome.notice"  # the template that the chat and the page show


async def clinic_info(context: Context) -> Reply:
    """Address, opening hours and telephone. A dialog stays open."""
    hours = weekly_hours(context.services.clinic)
    return Reply(template="clinic.info", variables={"hours": hours}, dialog=context.dialog)


async def notice(context: Context) -> Reply:
    """个人信息须知: what is stored, how to stop, which rights there are. A dialog stays open."""
    return Reply(template=NOTICE, dialog=context.dialog)
