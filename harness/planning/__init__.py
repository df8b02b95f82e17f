"""The plan: everything that decides the numbers, before the first prediction, and what these people can show."""
