"""Systems that are reached over a network: the client that asks them, and the kind ``http``."""
