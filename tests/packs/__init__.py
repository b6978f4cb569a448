"""Tests of manifests, loading, catalogue and downloads."""
