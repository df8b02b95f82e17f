"""Evidence packs: a run in one folder that others can verify without trusting whoever made it."""
