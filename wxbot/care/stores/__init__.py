"""Where care keeps what cannot be derived: answers, hand-set times, endings, the moment of the last look."""
