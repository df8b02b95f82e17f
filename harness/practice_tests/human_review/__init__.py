"""The summary of a review by people: whom a system missed, and whether its answers change minds."""
