"""Metrics as functions of additive per-subject statistics. Pure: arrays in, arrays out."""
