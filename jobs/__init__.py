"""What happens by the clock. Each module is one job: `async def run(services, now) -> Counts`, short and repeatable."""

from datetime import timedelta

from jobs import (
    care_due,
    erase_unfollowed,
    exports_write,
    imports_run,
    inbox_sweep,
    merges_forget,
    outbox_delivery,
    outbox_recovery,
    pushes_run,
    pushes_work_out,
    queues_measure,
    refresh_settings,
    refusals_keep,
    visits_close,
)
from wxbot.scheduler.models import Job

JOBS = (
    Job("outbox_delivery", outbox_delivery.run, every=timedelta(seconds=1), alone=False),
    Job("imports_run", imports_run.run, every=timedelta(seconds=2), alone=False),
    Job("exports_write", exports_write.run, every=timedelta(seconds=2), alone=False),
    Job("pushes_work_out", pushes_work_out.run, every=timedelta(seconds=2), alone=False),
    Job("inbox_sweep", inbox_sweep.run, every=timedelta(seconds=5), alone=False),
    Job("refresh_settings", refresh_settings.run, every=timedelta(seconds=10), alone=False),
    Job("outbox_recovery", outbox_recovery.run, every=timedelta(seconds=10)),
    Job("care_due", care_due.run, every=timedelta(seconds=15)),
    Job("queues_measure", queues_measure.run, every=timedelta(seconds=15), alone=False),
    Job("refusals_keep", refusals_keep.run, every=timedelta(seconds=30), alone=False),
    Job("pushes_run", pushes_run.run, every=timedelta(seconds=30)),
    Job("visits_close", visits_close.run, every=timedelta(minutes=1)),
    Job("erase_unfollowed", erase_unfollowed.run, every=timedelta(minutes=30)),
    Job("merges_forget", merges_forget.run, every=timedelta(hours=1)),
)
"""Every job and its rhythm. `alone`: in one process at a time; the others claim what they work on row by row."""
