"""Whether the patient was satisfied: one question after an episode, and what they answered."""
