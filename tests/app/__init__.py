"""Tests of the app without a browser: pages, routes, components, the server around them."""
