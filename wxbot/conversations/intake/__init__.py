"""What is asked before a visit, and its brief for who receives the patient."""
