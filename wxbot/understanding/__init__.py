"""What a patient's words mean. Pure: no database, no WeChat, no handler."""
