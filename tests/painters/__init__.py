"""Tests of the painters, all against one contract."""
