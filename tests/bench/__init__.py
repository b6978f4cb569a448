"""Tests of the benchmarks, and measurements started by hand (first_frame, player, start, waiting)."""
