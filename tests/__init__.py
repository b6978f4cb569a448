"""One folder of tests per package; what they share is in tests/support."""
