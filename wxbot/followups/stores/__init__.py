"""Where follow-ups, the attempts at them, owners and undecided patients are kept."""
