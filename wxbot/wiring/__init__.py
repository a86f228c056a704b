"""Which service gets what: the rooms wired together, lowest first; `services` begins, the others are its parts."""
