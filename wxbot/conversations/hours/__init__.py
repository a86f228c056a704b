"""When the desk answers: rosters with several shifts and breaks a day, and clocks in business time."""
