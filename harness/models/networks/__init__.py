"""Networks that come as files, each in the runtime of its format."""
