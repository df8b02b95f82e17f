"""The only place where verdicts are given: *met*, *not met*, *inconclusive* or *not tested*."""
