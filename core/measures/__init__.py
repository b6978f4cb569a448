"""What a picture and a run are measured by: pixel statistics, realism, the gap between the judges, the
turning point, and the sentences that say what the numbers show.

May import base. No painter may import this package, and only the differentiable form of realism brings torch.
"""
