"""Reading patients: the search box, filtered lists, batches for a broadcast. Nothing here writes."""
