"""The command line: one module per verb, with what it prints."""
