"""Training of a model pack: renderings of the miniature world or captioned pictures in, weights out.

May import base, world, models, measures, painters and packs. `worlds` says which renderings each network
learns from, `rendering` makes them, `data` holds them; each network has a module; `stages` finds what a
network needs, `whole` runs the recipe on a GPU, `pack` makes a pack of the weights.
"""
