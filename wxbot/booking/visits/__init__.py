"""Who was here, and when: bounded questions about past visits."""
