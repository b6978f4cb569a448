"""Tests of the painter process, its supervisor, quotas, monitoring and Ray workers."""
