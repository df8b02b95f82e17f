"""The tables that stages share: schemas, validation, files, and samples beside predictions."""
