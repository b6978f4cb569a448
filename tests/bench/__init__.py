"""Tests of the benchmarks, and measurements that are started by hand (player.py, waiting.py)."""
