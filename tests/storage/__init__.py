"""Tests of store, queue, run folders and backup."""
