"""Runs the jobs at their intervals, each at most once at a time. The only package that imports APScheduler."""
