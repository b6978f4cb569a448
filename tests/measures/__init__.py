"""Tests of what is measured on a picture."""
