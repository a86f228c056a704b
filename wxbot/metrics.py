"""What the service counts. Labels are codes and kinds, never people."""

from prometheus_client import Counter, Gauge, Histogram

PUSHES = Counter("wxbot_pushes_total", "Pushes from the platform by what became of them.", ["outcome"])
PUSHES_UNANSWERED = Gauge(
    "wxbot_pushes_unanswered_lately",
    "Pushes without a proper answer in the last five minutes; after many WeChat pushes nothing for a minute.",
)
PUSH_SECONDS = Histogram(
    "wxbot_push_seconds",
    "Time from a push's arrival to its answer.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 4.5, 5.0),
)
MALFORMED_REQUESTS = Counter("wxbot_malformed_requests_total", "Requests that are no HTTP or whose body is broken.")
CONNECTIONS_CLOSED = Counter(
    "wxbot_connections_closed_total", "Connections that we cut off, by what the client kept waiting.", ["reason"]
)
NOTICES_ASKED = Counter("wxbot_notices_asked_total", "Pages that asked a patient for subscriptions.")
NOTICES_ANSWERED = Counter("wxbot_notices_answered_total", "Answers to single subscriptions.", ["answer"])
HANDLER_FAILURES = Counter("wxbot_handler_failures_total", "Handlers that raised what they should not.", ["router"])
API_CALLS = Counter("wxbot_api_calls_total", "Calls to the platform by endpoint and error code.", ["endpoint", "code"])
API_SECONDS = Histogram("wxbot_api_seconds", "How long the platform took to answer.", ["endpoint"])
JOB_RUNS = Counter("wxbot_job_runs_total", "Job runs by outcome.", ["job", "outcome"])
JOB_SECONDS = Histogram("wxbot_job_seconds", "How long a job's run took.", ["job"])
OUTBOX_MESSAGES = Gauge("wxbot_outbox_messages", "Messages in the outbox by state.", ["state"])
OUTBOX_REASONS = Gauge("wxbot_outbox_reasons", "Messages that ended without delivery, by reason.", ["reason"])
OUTBOX_CODES = Gauge("wxbot_outbox_answers", "The platform's answers to our messages, by code.", ["code"])
RIGHTS_BLOCKS = Gauge("wxbot_rights_blocks", "Messages that found no right left, by who said so.", ["by"])
UNSEEN_EPISODES = Counter(
    "wxbot_unseen_episodes_total",
    "Open conversations that were in nobody's list and went back to the queue.",
    ["reason"],
)
OUTBOX_OLDEST_SECONDS = Gauge("wxbot_outbox_oldest_due_seconds", "Age of the oldest message that is due and waiting.")
INBOX_OLDEST_SECONDS = Gauge("wxbot_inbox_oldest_seconds", "Age of the oldest push not yet finished.")
READY = Gauge("wxbot_ready", "1 while the part answers, else 0.", ["part"])
DISK_FREE_BYTES = Gauge(
    "wxbot_disk_free_bytes", "Free bytes of the disk of our data folder, and of an external database.", ["folder"]
)
