"""What patients say for one thing, as the clinic keeps it: shipped in config/words.toml, changed in the console."""
