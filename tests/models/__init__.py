"""Tests of the adapters and the judge."""
