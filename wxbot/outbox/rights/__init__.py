"""Where the rights ledger is kept."""
