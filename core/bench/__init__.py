"""Checks of the instruments themselves: is a figure that the app shows what it claims to be?"""
