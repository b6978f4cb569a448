"""Parts of pages: the Python side of each browser component, the form's fields, messages.

May import everything of app but the views.
"""
