"""One study: its config, its samples, its plan, and the flow from dataset to report."""
