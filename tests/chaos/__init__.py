"""Random trouble for real processes: is anything lost or done twice, and does the service come back without a hand?"""
