"""What others can read and verify: report, MLflow, hashes."""
