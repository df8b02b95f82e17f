"""Additive per-subject statistics → metrics. Pure: arrays in, arrays out."""
