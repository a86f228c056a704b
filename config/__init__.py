"""What differs between installations: settings, clinic, menu, wording, care plans. Imports nothing of ours."""
