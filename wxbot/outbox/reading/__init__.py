"""Reading many messages at once: what left lately, and those whose keys begin alike."""
