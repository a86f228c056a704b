"""Who works here: accounts, roles, permissions, sessions. Entered by the console and the command line."""
