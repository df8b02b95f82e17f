"""Checks on the test itself: findings from stored tables."""
