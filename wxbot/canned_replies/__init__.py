"""常用语: sentences that colleagues put into a reply with one key, shared ones and private ones."""
