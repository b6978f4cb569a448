"""The painter process and what keeps it running: supervisor, side jobs, health, metrics, quotas, estimates,
clusters.

May import everything but bench, cli and app; nothing here imports torch before a pack is loaded.
"""
