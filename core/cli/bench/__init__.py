"""`python -m core bench …`: one module per benchmark. They read options and print; core.bench measures."""
