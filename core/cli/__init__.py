"""The command line: one module per command, each with its own `add_arguments(parser)` and `run(arguments)`.

May import everything in core; nothing in core imports it but `core.__main__`, and `--help` loads no heavy
library.
"""
