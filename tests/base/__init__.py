"""Tests of settings, requests, links, pictures and the machine."""
