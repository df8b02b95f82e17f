"""``harness compare``: finished runs side by side on the samples that they share."""
