"""What is kept: the run store (SQLite, files), its queue, run folders, gallery, sweeps, side jobs, backups.

It imports `base` alone of this program, and never torch: the server lives on it.
"""
