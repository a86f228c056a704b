"""今日: what needs somebody now, counted over the rooms. Entered by the console's first page and its live stream."""
