"""What the server answers at its own addresses, and around every answer: password, headers, cache, health.

May import app.resources and its neighbours, app.charts and app.jobs; neither pages nor their components.
"""
