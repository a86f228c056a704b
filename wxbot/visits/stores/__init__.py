"""What is kept beside the records of visits: calibrations of the risk, and calendar feeds."""
