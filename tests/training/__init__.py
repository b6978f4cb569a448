"""Tests of the trainers and of pack assembly."""
