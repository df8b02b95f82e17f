"""What checks on the test itself need of media and model, stored as tables."""
