"""Frequent questions with their reviewed answers, and what patients asked that has no answer yet."""
