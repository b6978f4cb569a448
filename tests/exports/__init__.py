"""Tests of charts, figures and everything a run is exported as."""
