"""Facts about datasets and models, the registry of readers and kinds, and the vocabulary of emotions."""
