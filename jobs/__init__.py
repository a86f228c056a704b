"""What happens by the clock. Each module is one job: `async def run(services, now) -> Counts`, short and repeatable."""

from datetime import timedelta

from jobs import (
    anchor_audit,
    check_message_index,
    check_visibility,
    complete_visits,
    deliver_outbox,
    enqueue_care,
    erase_unfollowed,
    fetch_media,
    forget_merges,
    index_messages,
    measure_episodes,
    measure_queues,
    offer_freed_hours,
    preview_broadcasts,
    recover_outbox,
    refresh_settings,
    run_broadcasts,
    run_desk,
    run_imports,
    save_refusals,
    sweep_inbox,
    tell_visitors,
    watch_visits,
    write_exports,
)
from wxbot.scheduler.models import Job

JOBS = (
    Job("deliver_outbox", deliver_outbox.run, every=timedelta(seconds=1), alone=False),
    Job("run_desk", run_desk.run, every=timedelta(seconds=1), alone=False),
    Job("index_messages", index_messages.run, every=timedelta(seconds=1), alone=False),
    Job("run_imports", run_imports.run, every=timedelta(seconds=2), alone=False),
    Job("write_exports", write_exports.run, every=timedelta(seconds=2), alone=False),
    Job("fetch_media", fetch_media.run, every=timedelta(seconds=2), alone=False),
    Job("preview_broadcasts", preview_broadcasts.run, every=timedelta(seconds=2), alone=False),
    Job("offer_freed_hours", offer_freed_hours.run, every=timedelta(seconds=3), alone=False),
    Job("sweep_inbox", sweep_inbox.run, every=timedelta(seconds=5), alone=False),
    Job("refresh_settings", refresh_settings.run, every=timedelta(seconds=10), alone=False),
    Job("check_visibility", check_visibility.run, every=timedelta(seconds=10)),
    Job("recover_outbox", recover_outbox.run, every=timedelta(seconds=10)),
    Job("enqueue_care", enqueue_care.run, every=timedelta(seconds=15)),
    Job("measure_queues", measure_queues.run, every=timedelta(seconds=15), alone=False),
    Job("check_message_index", check_message_index.run, every=timedelta(seconds=15)),
    Job("measure_episodes", measure_episodes.run, every=timedelta(seconds=15)),
    Job("save_refusals", save_refusals.run, every=timedelta(seconds=30), alone=False),
    Job("run_broadcasts", run_broadcasts.run, every=timedelta(seconds=30)),
    Job("watch_visits", watch_visits.run, every=timedelta(seconds=30)),
    Job("tell_visitors", tell_visitors.run, every=timedelta(seconds=30)),
    Job("complete_visits", complete_visits.run, every=timedelta(minutes=1)),
    Job("erase_unfollowed", erase_unfollowed.run, every=timedelta(minutes=30)),
    Job("anchor_audit", anchor_audit.run, every=timedelta(hours=1), alone=False),
    Job("forget_merges", forget_merges.run, every=timedelta(hours=1)),
)
"""Every job and its rhythm. `alone`: in one process at a time; the others claim what they work on row by row."""
