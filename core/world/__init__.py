"""The miniature world: a grammar of scenes, their captions, and a renderer of them.

May import core.base. No torch; numba is loaded only by the renderer and what it is made of.
"""
