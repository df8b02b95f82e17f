"""The practice test of wearables: measurements beside a reference, and scores beside what people report."""
