"""The terminal dashboard: draws the live picture and nothing else."""
