"""`python -m core packs …`: one module per command.

They show, ask and print; the work is done by core.packs.
"""
