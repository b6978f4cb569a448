"""The app's pages as its navigation names them, read from its source: it draws when it is imported."""

import ast
from pathlib import Path

NAVIGATION = Path(__file__).parents[2] / "app" / "pages.py"
TABLES = ("TOOLS", "LESSON")
FIRST_PAGE = "compare"  # also reached without a path


def navigation() -> dict[str, str]:
    """Address → title of every page, in the order of the navigation."""
    tree = ast.parse(NAVIGATION.read_text("utf-8"))
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    tables = [node.value for node in assigned if ast.unparse(node.targets[0]) in TABLES]
    rows = [row.elts for table in tables for row in table.elts]
    return {row[-1].value: row[1].value for row in rows}
