"""Tests of what the lesson pages compute and say."""
