"""Where the front desk's records are kept."""
