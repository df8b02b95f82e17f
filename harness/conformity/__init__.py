"""Results → the documents that law, laboratories and registers ask for: pure, without clock, network or media."""
