"""What became of episodes: figures, scores, samples and ratings, reports, incidents, practice."""
