"""What a person takes away from a run: figure, contact sheet, movie, stand-alone page, table.

May import base, measures, packs' manifests and storage; never torch, so the server may draw too.
"""
