"""The clock that ticks: runs the jobs, each alone, and survives what they raise. The only place with APScheduler."""
