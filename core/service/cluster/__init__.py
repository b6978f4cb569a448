"""Painting on the machines of a Ray cluster: optional, so nothing here is imported unless somebody asks for
it.

May import what core.service may, and Ray only inside functions.
"""
