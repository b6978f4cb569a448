"""`python -m core lesson …`: makes again what the lesson pages show before anybody has asked for anything.

One module per command; what three of them share is in `precompute`.
"""
