"""What the lesson pages compute and say: one module per topic.

May import everything below lesson, core.execute included; what the server imports of it loads no torch.
"""
