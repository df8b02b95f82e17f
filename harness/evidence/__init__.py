"""What a run leaves as evidence: its folder, where it was made, and pseudonyms for what leaves the machine."""
