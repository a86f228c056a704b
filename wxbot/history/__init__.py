"""What happened, for whom, by whom: the append-only transcript. Every room above may write; lines are never edited."""
