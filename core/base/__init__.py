"""What everything else stands on: errors, settings, requests, frames, pictures, records in PNG files,
environment, logs.

It imports nothing of this program but itself, and no torch: what needs it imports it when called.
"""
