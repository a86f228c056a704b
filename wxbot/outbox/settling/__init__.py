"""Receipts as they are kept, and the messages they settle."""
