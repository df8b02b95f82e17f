"""One study: its choices, its samples, its plan, and the flow from dataset to report."""
