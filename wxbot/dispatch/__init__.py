"""How an inbound update finds its handler: claimed once, one at a time per contact, answered in time, never lost."""
