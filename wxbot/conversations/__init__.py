"""The chat desk: patients talk with people. Episodes, who owns them, clocks, replies, notes, presence, endings."""
