"""The evidence of a run: its folder, its environment, the identity of its files, and pseudonyms."""
