"""People: the contact we talk to, the patients they speak for, what they agreed to."""
