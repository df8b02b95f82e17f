"""Who says *met*, *not met*, *inconclusive* and *not tested*: the one judge."""
