"""A reader for sound files that lie in folders by speaker and label."""
