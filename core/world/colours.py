"""The ten colours of the miniature world: what share of red, green and blue light each reflects."""

# Colour → linear RGB, 0 … 1.
ALBEDO = {
    "red": (0.62, 0.025, 0.025),
    "orange": (0.90, 0.20, 0.006),
    "yellow": (0.90, 0.70, 0.03),
    "green": (0.04, 0.32, 0.05),
    "blue": (0.02, 0.10, 0.60),
    "purple": (0.22, 0.04, 0.44),
    "pink": (0.88, 0.17, 0.36),
    "brown": (0.105, 0.040, 0.015),
    "white": (0.88, 0.88, 0.88),
    "black": (0.018, 0.018, 0.021),
}
