"""From one version of a stored table or plan to the next: a function each, none of which is ever changed."""
