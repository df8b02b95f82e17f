"""The practice test of customer service: what a system hears in the voices of callers."""
