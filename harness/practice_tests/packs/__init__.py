"""Practice tests as packs that others verify: what was observed, measured again."""
