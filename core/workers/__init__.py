"""Painting on the machines of a Ray cluster. Optional: nothing here is imported unless somebody asks for it."""
