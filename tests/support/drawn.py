"""What hypothesis draws for the tests of the app: the same examples every time, odd ones among them.

A new kind of trouble gets an `@example` of its own.
"""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# A minute is no example's business on any machine; derandomized, so that no luck of a draw decides.
BOUNDED = settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=timedelta(seconds=60),
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
FEW = settings(BOUNDED, max_examples=60)
ODD = st.sampled_from(
    [
        "",
        "0",
        "-1",
        "nan",
        "1e999",
        "٣",
        "9" * 5000,
        "a" * 26,
        "../..",
        "%00",
        "\0",
        "<b>",
        "{}",
        "%s",
        "🦊",
        "\u202e",
        "x" * 5000,
    ]
)
TEXT = ODD | st.text(max_size=40)
NUMBERS = st.integers(-(10**30), 10**30) | st.floats() | st.sampled_from([10**400, -0.0, 1e308, True])
LEAVES = st.none() | st.booleans() | NUMBERS | TEXT
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)


def one_sentence(error: Exception) -> str:
    """Its text, after a look that it is one sentence for people."""
    text = str(error)
    assert text and "\n" not in text and len(text) < 1000 and "Traceback" not in text
    return text
