"""One module per page, with a function `page` that draws it and the page's texts beside it.

May import everything of app but app.main and app.pages.
"""
