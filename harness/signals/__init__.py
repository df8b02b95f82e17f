"""Bytes → tensors: images, audio and physiology. Decode, detect, features."""
