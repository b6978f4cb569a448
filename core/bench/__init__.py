"""Benchmarks: they measure, and say of each figure what it must reach; core.cli.bench prints it.

May import everything in core but `core.cli`. Only `core.bench.streamlit_protocol` knows Streamlit, and only
`page_data` is for the server, so it alone must import no torch.
"""
