"""Networks that come as files, each run by the runtime of its format: one module per kind."""
