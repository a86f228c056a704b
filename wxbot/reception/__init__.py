"""The front desk: its figures, checks of its labels, its checklist, and first contacts."""
