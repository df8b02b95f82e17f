"""The tables that stages share: schemas, validation, files, and alignment of samples and predictions."""
