"""``harness compare``: comparing finished runs on the samples that they share."""
